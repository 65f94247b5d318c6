import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

export interface CompositionalOptions extends PixelOptions {
  /** The colours that the matte is a share of: the foreground, or the picture itself as in MODNet. [N,3,H,W] */
  readonly foreground: Tensor;
  /** What shows through. Default black, which leaves |p·F - t·F|. [N,3,H,W] */
  readonly background?: Tensor | undefined;
}

/**
 * Compositional loss (Xu 2017, arXiv:1703.03872): how far the pictures differ that the two mattes compose.
 *   L = mean |p·F + (1-p)·B - t·F - (1-t)·B|  =  mean |(p - t)·(F - B)|
 * prediction, target: mattes [N,1,H,W] in [0,1]. Scalar.
 */
export function compositional(
  prediction: Tensor,
  target: Tensor,
  { foreground, background, ...options }: CompositionalOptions,
): Tensor {
  checkShapes("compositional", prediction, target);
  const contrast = background === undefined ? foreground : foreground.sub(background);
  return overPixels(prediction.sub(target).mul(contrast).abs(), options);
}
