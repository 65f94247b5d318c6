import type { Tensor } from "../graph/index.js";
import { pad } from "../nn/index.js";
import { tensorFrom } from "../util/index.js";

/** A 3x3 Gaussian of σ = 0.8 as the released code makes it: scipy's filter, reflected at its borders, of a unit pulse. */
export function blur3(x: Tensor): Tensor {
  const weight = (k: number): number => Math.exp(-(k * k) / (2 * 0.8 * 0.8));
  const middle = weight(0) + 2 * weight(3);
  const side = weight(1) + weight(2);
  const line = [side, middle, side].map((w) => w / (middle + 2 * side));
  const kernel = x.constant(
    tensorFrom(
      "float32",
      [1, 1, 3, 3],
      line.flatMap((a) => line.map((b) => a * b)),
    ),
    "gauss",
  );
  return pad(x, 1, { mode: "reflect" }).op("Conv", [kernel.cast(x.dtype)], { kernel_shape: [3, 3] });
}
