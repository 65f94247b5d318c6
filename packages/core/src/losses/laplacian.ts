import type { Tensor } from "../graph/index.js";
import { MattelierError, tensorFrom } from "../util/index.js";
import { checkShapes } from "./terms.js";

export interface LaplacianOptions {
  /** Levels of the pyramid. Default 5. */
  readonly levels?: number | undefined;
}

const ROW = [1, 4, 6, 4, 1].map((x) => x / 16);

/**
 * Laplacian pyramid loss for mattes (Hou & Liu 2019, arXiv:1909.09725):
 *   L = 1/K · Σ_i 2ⁱ · mean |L_i(p) - L_i(t)|,  i = 0 … K-1
 * L_i: what a 5x5 binomial blur and halving loses at level i, borders reflected; sizes are cropped to even ones (as in
 * Robust Video Matting's code). The pyramid is linear, so one of p - t does. prediction, target: [N,C,H,W]. Scalar.
 *
 * @throws MattelierError `shape-mismatch` for a picture too small for so many levels
 */
export function laplacian(prediction: Tensor, target: Tensor, { levels = 5 }: LaplacianOptions = {}): Tensor {
  checkShapes("laplacian", prediction, target);
  const shape = [-1, 1, prediction.size(-2), prediction.size(-1)];
  let level = prediction.sub(target).reshape(shape);
  let loss: Tensor | undefined;
  for (let i = 0; i < levels; i++) {
    const even = cropEven(level, levels);
    const smaller = blur(even, 1, 2);
    const term = even
      .sub(doubled(smaller))
      .abs()
      .mean()
      .mul(2 ** i / levels);
    loss = loss === undefined ? term : loss.add(term);
    level = smaller;
  }
  return loss!;
}

function cropEven(x: Tensor, levels: number): Tensor {
  const [height, width] = [x.size(2), x.size(3)];
  if (Math.min(height, width) < 4) {
    throw new MattelierError({
      code: "shape-mismatch",
      where: "laplacian loss",
      expected: `at least 4 x 4 pixels at each of ${levels} levels`,
      got: `${height} x ${width} at one of them`,
      fix: "use larger pictures or fewer levels",
    });
  }
  const rows = height % 2 === 0 ? x : x.slice(2, 0, height - 1);
  return width % 2 === 0 ? rows : rows.slice(3, 0, width - 1);
}

/** The 5x5 binomial blur, reflected at the borders, times a gain. x: [M,1,H,W] */
function blur(x: Tensor, gain: number, stride: number): Tensor {
  const kernel = ROW.flatMap((a) => ROW.map((b) => a * b * gain));
  const weight = x.constant(tensorFrom("float64", [1, 1, 5, 5], kernel), "binomial").cast(x.dtype);
  const border = x.of(x.b.ints([0, 0, 2, 2, 0, 0, 2, 2]));
  const padded = x.op("Pad", [border], { mode: "reflect" });
  return padded.op("Conv", [weight], { kernel_shape: [5, 5], strides: [stride, stride] });
}

/** Twice the size: zeros between, then the blur with gain 4. */
function doubled(x: Tensor): Tensor {
  const [height, width] = [x.size(2), x.size(3)];
  const apart = x.reshape([-1, height, 1, width, 1]);
  const ends = x.of(x.b.ints([0, 0, 0, 0, 0, 0, 0, 1, 0, 1]));
  const between = apart.op("Pad", [ends], { mode: "constant" });
  return blur(between.reshape([-1, 1, 2 * height, 2 * width]), 4, 1);
}
