import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

/**
 * Absolute error: L = mean |p - t|
 * prediction, target: one shape, any range. Scalar.
 */
export function l1(prediction: Tensor, target: Tensor, options: PixelOptions = {}): Tensor {
  checkShapes("l1", prediction, target);
  return overPixels(prediction.sub(target).abs(), options);
}
