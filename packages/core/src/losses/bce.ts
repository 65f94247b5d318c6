import type { Tensor } from "../graph/index.js";
import { checkShapes, overPixels, type PixelOptions } from "./terms.js";

/**
 * Binary cross-entropy on probabilities, as PyTorch's `BCELoss`:
 *   L = mean -[t·ln p + (1 - t)·ln(1 - p)],  logarithms no less than -100
 * prediction: in [0,1]; target: the same shape, in [0,1]. Scalar.
 *
 * The gradient is the formula's; where a probability is exactly 0 or 1 its logarithm passes none, which is what
 * PyTorch's comes to behind a saturated sigmoid. Prefer {@link bceWithLogits} where there are logits.
 */
export function bce(prediction: Tensor, target: Tensor, options: PixelOptions = {}): Tensor {
  checkShapes("bce", prediction, target);
  const likelihood = target
    .mul(boundedLog(prediction))
    .add(target.subFrom(1).mul(boundedLog(prediction.subFrom(1))));
  return overPixels(likelihood.neg(), options);
}

/** Smallest normal float32. */
const TINY = 2 ** -126;

/** ln x, and -100 below the smallest normal number. */
function boundedLog(x: Tensor): Tensor {
  const below = x.less(TINY).cast(x.dtype);
  return x
    .clip({ low: TINY })
    .log()
    .sub(below.mul(100 + Math.log(TINY)));
}
