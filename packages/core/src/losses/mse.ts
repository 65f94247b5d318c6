import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

/**
 * Squared error: L = mean (p - t)²
 * prediction, target: one shape, any range. Scalar.
 */
export function mse(prediction: Tensor, target: Tensor, options: PixelOptions = {}): Tensor {
  checkShapes("mse", prediction, target);
  return overPixels(prediction.sub(target).square(), options);
}
