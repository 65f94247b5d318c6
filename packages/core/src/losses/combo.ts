import type { Tensor } from "../graph/index.js";
import { bceWithLogits } from "./bce-with-logits.js";
import { bce } from "./bce.js";
import { dice, type DiceOptions } from "./dice.js";
import { checkShapes, type PixelOptions } from "./terms.js";

export interface ComboOptions extends DiceOptions, PixelOptions {
  /** Share of the cross-entropy. Default 0.5. */
  readonly alpha?: number | undefined;
  /** Share of the Dice loss. Default 0.5. */
  readonly beta?: number | undefined;
}

/**
 * Combo loss (after Taghanaki 2019, arXiv:1805.02798):
 *   L = α·BCE + β·Dice
 * prediction, target: [N,...], target in [0,1]. Pixel weights enter the cross-entropy only. Scalar.
 */
export function combo(prediction: Tensor, target: Tensor, options: ComboOptions = {}): Tensor {
  checkShapes("combo", prediction, target);
  const { alpha = 0.5, beta = 0.5, from = "logits" } = options;
  const entropy = from === "logits" ? bceWithLogits : bce;
  return entropy(prediction, target, options)
    .mul(alpha)
    .add(dice(prediction, target, options).mul(beta));
}
