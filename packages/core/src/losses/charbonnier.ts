import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

export interface CharbonnierOptions extends PixelOptions {
  /** Where it turns from square to absolute. Default 1e-3. */
  readonly epsilon?: number | undefined;
}

/**
 * Charbonnier loss (Charbonnier 1994), an absolute error that is smooth at 0:
 *   L = mean √((p - t)² + ε²)
 * prediction, target: one shape, any range. Scalar, at least ε.
 */
export function charbonnier(prediction: Tensor, target: Tensor, options: CharbonnierOptions = {}): Tensor {
  checkShapes("charbonnier", prediction, target);
  const { epsilon = 1e-3 } = options;
  const distance = prediction
    .sub(target)
    .square()
    .add(epsilon ** 2)
    .sqrt();
  return overPixels(distance, options);
}
