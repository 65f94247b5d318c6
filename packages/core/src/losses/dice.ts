import type { Tensor } from "../graph/index.js";
import { checkShapes, probabilitiesOf, sumPerPicture, type FromOption } from "./terms.js";

export interface DiceOptions extends FromOption {
  /** Keeps the quotient defined for empty masks. Default 1. */
  readonly smooth?: number | undefined;
}

/**
 * Soft Dice loss (Milletari 2016, arXiv:1606.04797, smoothed):
 *   L = 1 - (2·Σ p·t + s) / (Σ p² + Σ t² + s)
 * The squares make p = t the minimum for soft targets too. prediction, target: [N,...], target in [0,1].
 * Σ over all but N; mean over N. Scalar in [0,1].
 */
export function dice(prediction: Tensor, target: Tensor, { from, smooth = 1 }: DiceOptions = {}): Tensor {
  checkShapes("dice", prediction, target);
  const p = probabilitiesOf(prediction, from);
  const overlap = sumPerPicture(p.mul(target)).mul(2).add(smooth);
  const total = sumPerPicture(p.square().add(target.square())).add(smooth);
  return overlap.div(total).subFrom(1).mean();
}
