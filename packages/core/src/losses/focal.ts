import type { Tensor } from "../graph/index.js";
import { bceWithLogits } from "./bce-with-logits.js";
import { bce } from "./bce.js";
import { checkShapes, probabilitiesOf, type FromOption, type PixelOptions } from "./terms.js";

export interface FocalOptions extends FromOption, PixelOptions {
  /** How much easy pixels are played down. Default 2. */
  readonly gamma?: number | undefined;
  /** Weight of the foreground, 1 - alpha that of the background; `false` for none. Default 0.25. */
  readonly alpha?: number | false | undefined;
}

/**
 * Focal loss (Lin 2017, arXiv:1708.02002), for soft targets as Li 2020 (arXiv:2006.04388) extends it:
 *   L = mean α_t · |t - p|^γ · BCE(p, t),  α_t = α·t + (1 - α)·(1 - t)
 * On hard targets |t - p| is Lin's 1 - p_t. prediction, target: one shape, target in [0,1]. Scalar.
 */
export function focal(prediction: Tensor, target: Tensor, options: FocalOptions = {}): Tensor {
  checkShapes("focal", prediction, target);
  const { from = "logits", gamma = 2, alpha = 0.25, weight } = options;
  const entropy = from === "logits" ? bceWithLogits : bce;
  const apart = target.sub(probabilitiesOf(prediction, from));
  const focus = gamma === 2 ? apart.square() : apart.abs().pow(gamma);
  const balance = alpha === false ? undefined : target.mul(2 * alpha - 1).add(1 - alpha);
  const balanced = balance === undefined ? focus : focus.mul(balance);
  return entropy(prediction, target, {
    ...options,
    weight: weight === undefined ? balanced : balanced.mul(weight),
  });
}
