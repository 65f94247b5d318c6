import type { Tensor } from "../graph/index.js";
import { MattelierError, unknownName } from "../util/index.js";
import { bceWithLogits } from "./bce-with-logits.js";
import { bce } from "./bce.js";
import { charbonnier } from "./charbonnier.js";
import { combo } from "./combo.js";
import { compositional } from "./compositional.js";
import { dice } from "./dice.js";
import { focal } from "./focal.js";
import { iou } from "./iou.js";
import { l1 } from "./l1.js";
import { laplacian } from "./laplacian.js";
import { lovaszHinge } from "./lovasz-hinge.js";
import { mse } from "./mse.js";
import { ssim } from "./ssim.js";
import { tversky } from "./tversky.js";

/** Every loss by the name that recipes and configuration use. */
export const losses = {
  bce,
  "bce-with-logits": bceWithLogits,
  dice,
  iou,
  combo,
  focal,
  tversky,
  "lovasz-hinge": lovaszHinge,
  ssim,
  l1,
  mse,
  charbonnier,
  laplacian,
  compositional,
} as const;

export type LossName = keyof typeof losses;

export type OptionsOf<K extends LossName> = (typeof losses)[K] extends (
  p: Tensor,
  t: Tensor,
  options: infer O,
) => Tensor
  ? NonNullable<O>
  : object;

/** A loss as data: its name and the options that are no tensors. */
export type LossSpec = {
  [K in LossName]: { readonly kind: K } & {
    readonly [
      O in keyof OptionsOf<K> as NonNullable<OptionsOf<K>[O]> extends Tensor ? never : O
    ]: OptionsOf<K>[O];
  };
}[LossName];

/** Tensors that some losses take besides prediction and target. */
export interface LossTensors {
  readonly weight?: Tensor | undefined;
  readonly foreground?: Tensor | undefined;
  readonly background?: Tensor | undefined;
}

export type Loss = (prediction: Tensor, target: Tensor, tensors?: LossTensors) => Tensor;

/** The loss that a spec names. @throws MattelierError `unknown-name` */
export function lossOf({ kind, ...options }: LossSpec): Loss {
  if (!Object.hasOwn(losses, kind)) throw unknownName("loss", kind, Object.keys(losses));
  const loss = losses[kind] as (prediction: Tensor, target: Tensor, options: object) => Tensor;
  return (prediction, target, tensors = {}) => {
    if (kind === "compositional" && tensors.foreground === undefined) {
      throw new MattelierError({
        code: "invalid-argument",
        where: "compositional loss",
        expected: "the pictures as a tensor `foreground`",
        got: "none",
      });
    }
    return loss(prediction, target, { ...options, ...tensors });
  };
}
