import type { Tensor } from "../graph/index.js";
import { checkShapes, probabilitiesOf, sumPerPicture, type FromOption } from "./terms.js";

export interface IouOptions extends FromOption {
  /** Keeps the quotient defined for empty masks. Default 1. */
  readonly smooth?: number | undefined;
}

/**
 * Soft IoU (Jaccard) loss:
 *   L = 1 - (Σ min(p,t) + s) / (Σ max(p,t) + s)
 * On hard targets it is the usual Σ p·t / (Σ p + Σ t - Σ p·t) (Rahman & Wang 2016); unlike that one it has its
 * minimum at p = t on soft targets too (Wang 2023, Jaccard Metric Losses, arXiv:2302.05666).
 * prediction, target: [N,...], target in [0,1]. Σ over all but N; mean over N. Scalar in [0,1].
 */
export function iou(prediction: Tensor, target: Tensor, { from, smooth = 1 }: IouOptions = {}): Tensor {
  checkShapes("iou", prediction, target);
  const p = probabilitiesOf(prediction, from);
  const intersection = sumPerPicture(p.min(target)).add(smooth);
  const union = sumPerPicture(p.max(target)).add(smooth);
  return intersection.div(union).subFrom(1).mean();
}
