import { readFileSync } from "node:fs";
import type { LossName, LossSpec } from "./index.js";

export interface LossGolden {
  /** What the loss was given: probabilities or logits. */
  readonly given: "p" | "x";
  readonly value: number;
  /** Summary of the gradient by it: norm, and product with the probe "prediction". */
  readonly gradient: readonly [number, number];
}

/** PyTorch's values; the file's `origin` says how they were made. */
export const golden = JSON.parse(readFileSync(new URL("losses.golden.json", import.meta.url), "utf8")) as {
  readonly shape: readonly number[];
  readonly hard: Readonly<Record<string, LossGolden>>;
  readonly soft: Readonly<Record<string, LossGolden>>;
  readonly saturated: number;
};

export interface LossCase {
  /** Of the golden value. */
  readonly name: string;
  readonly spec: LossSpec;
  readonly tensors?: readonly ("weight" | "foreground" | "background")[];
}

const P = "probabilities";

/** At least one case for every loss. */
export const lossCases: { readonly [K in LossName]: readonly [LossCase, ...LossCase[]] } = {
  bce: [
    { name: "bce", spec: { kind: "bce" } },
    { name: "bce weighted", spec: { kind: "bce" }, tensors: ["weight"] },
  ],
  "bce-with-logits": [
    { name: "bce-with-logits", spec: { kind: "bce-with-logits" } },
    {
      name: "bce-with-logits weighted sum",
      spec: { kind: "bce-with-logits", reduction: "sum" },
      tensors: ["weight"],
    },
  ],
  dice: [
    { name: "dice", spec: { kind: "dice" } },
    { name: "dice of probabilities", spec: { kind: "dice", from: P, smooth: 0.1 } },
  ],
  iou: [{ name: "iou", spec: { kind: "iou" } }],
  combo: [
    { name: "combo", spec: { kind: "combo", alpha: 0.3, beta: 2 } },
    { name: "combo of probabilities", spec: { kind: "combo", from: P } },
  ],
  focal: [
    { name: "focal", spec: { kind: "focal" } },
    { name: "focal gamma", spec: { kind: "focal", gamma: 1.5, alpha: 0.6 } },
  ],
  tversky: [
    { name: "tversky", spec: { kind: "tversky" } },
    { name: "tversky focal", spec: { kind: "tversky", alpha: 0.6, beta: 0.4, gamma: 0.75 } },
  ],
  "lovasz-hinge": [{ name: "lovasz-hinge", spec: { kind: "lovasz-hinge" } }],
  ssim: [
    { name: "ssim", spec: { kind: "ssim", from: P } },
    { name: "ssim of logits", spec: { kind: "ssim", window: 5, sigma: 1 } },
  ],
  l1: [{ name: "l1", spec: { kind: "l1" } }],
  mse: [{ name: "mse", spec: { kind: "mse" } }],
  charbonnier: [{ name: "charbonnier", spec: { kind: "charbonnier" } }],
  laplacian: [{ name: "laplacian", spec: { kind: "laplacian", levels: 3 } }],
  compositional: [
    { name: "compositional", spec: { kind: "compositional" }, tensors: ["foreground"] },
    {
      name: "compositional background",
      spec: { kind: "compositional" },
      tensors: ["foreground", "background"],
    },
  ],
};
