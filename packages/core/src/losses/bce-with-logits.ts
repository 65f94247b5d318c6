import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

/**
 * Binary cross-entropy on logits, as PyTorch's `BCEWithLogitsLoss`:
 *   L = mean [ln(1 + eˣ) - t·x]  =  BCE of p = σ(x), without its overflow
 * prediction: logits x; target: the same shape, in [0,1]. Scalar.
 */
export function bceWithLogits(prediction: Tensor, target: Tensor, options: PixelOptions = {}): Tensor {
  checkShapes("bce-with-logits", prediction, target);
  return overPixels(prediction.op("Softplus").sub(target.mul(prediction)), options);
}
