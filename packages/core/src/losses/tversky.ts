import type { Tensor } from "../graph/index.js";
import { checkShapes, probabilitiesOf, sumPerPicture, type FromOption } from "./terms.js";

export interface TverskyOptions extends FromOption {
  /** Price of false positives. Default 0.3. */
  readonly alpha?: number | undefined;
  /** Price of false negatives. Default 0.7. */
  readonly beta?: number | undefined;
  /** Focal exponent 1/γ or γ on the loss of each picture (Abraham 2019, arXiv:1810.07842). Default 1: none. */
  readonly gamma?: number | undefined;
  /** Default 1. */
  readonly smooth?: number | undefined;
}

/**
 * Tversky loss (Salehi 2017, arXiv:1706.05721):
 *   L = (1 - (TP + s) / (TP + α·FP + β·FN + s))^γ,  TP = Σ min(p,t), FP = Σ max(p-t,0), FN = Σ max(t-p,0)
 * which on hard targets are Σ p·t, Σ p·(1-t), Σ (1-p)·t, and has its minimum at p = t on soft ones too. α = β = ½ is
 * Dice, α = β = 1 IoU. prediction, target: [N,...], target in [0,1]. Σ over all but N; mean over N. Scalar.
 */
export function tversky(prediction: Tensor, target: Tensor, options: TverskyOptions = {}): Tensor {
  checkShapes("tversky", prediction, target);
  const { from, alpha = 0.3, beta = 0.7, gamma = 1, smooth = 1 } = options;
  const p = probabilitiesOf(prediction, from);
  const hits = sumPerPicture(p.min(target)).add(smooth);
  const over = sumPerPicture(p.sub(target).relu()).mul(alpha);
  const under = sumPerPicture(target.sub(p).relu()).mul(beta);
  const loss = hits.div(hits.add(over).add(under)).subFrom(1);
  return (gamma === 1 ? loss : loss.pow(gamma)).mean();
}
