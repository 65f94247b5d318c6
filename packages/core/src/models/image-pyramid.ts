import type { Tensor } from "../graph/index.js";
import { pad, pixelShuffle } from "../nn/index.js";
import { tensorFrom } from "../util/index.js";

// The image pyramid of InSPyReNet, Kim 2022, §3.2 (arXiv:2209.09475), after Burt & Adelson 1983: a Gaussian of 7x7,
// σ = 1, borders by reflection. All maps [N,1,H,W].

const SIZE = 7;

/** Half the size: blurred, every second pixel. H and W even. */
export const reduce = (x: Tensor): Tensor => blur(x, 1, 2);

/** Twice the size: zeros between, then the blur with gain 4. */
export function expand(x: Tensor): Tensor {
  const nothing = x.mul(0);
  const spread = x.of(x.b.concat([x.value, nothing.value, nothing.value, nothing.value], 1));
  return blur(pixelShuffle(spread, 2), 4, 1);
}

/** The next finer map, from the coarse one and the details (Laplacian) between them. */
export const reconstruct = (coarse: Tensor, details: Tensor): Tensor => expand(coarse).add(details);

function blur(x: Tensor, gain: number, stride: number): Tensor {
  const half = Math.floor(SIZE / 2);
  const line = Array.from({ length: SIZE }, (_, i) => Math.exp(-((i - half) ** 2) / 2));
  const sum = line.reduce((total, weight) => total + weight, 0) ** 2;
  const weights = line.flatMap((a) => line.map((b) => (gain * a * b) / sum));
  const kernel = x.constant(tensorFrom("float64", [1, 1, SIZE, SIZE], weights), "gauss").cast(x.dtype);
  const attributes = { kernel_shape: [SIZE, SIZE], strides: [stride, stride] };
  return pad(x, half, { mode: "reflect" }).op("Conv", [kernel], attributes);
}
