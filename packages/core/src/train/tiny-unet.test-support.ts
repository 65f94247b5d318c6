import type { Tensor } from "../graph/index.js";
import { bceWithLogits } from "../losses/index.js";
import { UNet } from "../models/unet.js";
import { formulaTensor } from "../util/formula.test-support.js";
import type { Batch, StepDefinition } from "./step-definition.js";

export interface TinyOptions {
  readonly base?: number;
  readonly depth?: number;
  readonly size?: number;
}

/** A small U-Net with batch normalisation, to be trained by Adam. It runs in pages too. */
export function tinyUnet({ base = 8, depth = 2, size = 32 }: TinyOptions = {}) {
  const model = new UNet({ base, depth, batchNorm: true });
  return {
    model,
    inputs: { image: { shape: [2, 3, size, size] }, target: { shape: [2, 1, size, size] } },
    loss: ({ image, target }: Readonly<Record<"image" | "target", Tensor>>) =>
      bceWithLogits(model(image).logits!, target),
    optimiser: { kind: "adam", lr: 3e-3 },
  } as const satisfies StepDefinition<"image" | "target">;
}

/** The batch of step t. */
export function tinyBatch(t: number, size = 32): Batch<"image" | "target"> {
  return {
    image: formulaTensor(`image:${t}`, [2, 3, size, size]),
    target: formulaTensor(`target:${t}`, [2, 1, size, size], { low: 0, high: 1 }),
  };
}
