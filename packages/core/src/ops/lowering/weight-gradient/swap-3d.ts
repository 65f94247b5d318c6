import { extents, weightShapeOf } from "../problem.js";
import type { Recipe } from "../recipe.js";

/**
 * A convolution of x by dy, with batch and channels in each other's place and strides and dilations too:
 * `dw[o,c,k] = Σ_{n,p} x[n, c, p·stride + k·dilation − pad]·dy[n,o,p]`. As a 3-D convolution of one picture, x as
 * [1, N, C, H, W] by filters [O, N, 1, oh, ow], it needs no transposed x. Best on small maps.
 */
export const swap3d: Recipe = {
  name: "swap_3d",
  refuses(p) {
    if (p.input.length !== 2 || p.group !== 1) return "not a 2-D convolution of one group";
    return paddingAfter(p).some((pad) => pad < 0) ? "rows of x that no window sees" : undefined;
  },
  build({ b, problem: p, operands: [x, dy] }) {
    const picture = b.reshape(x, [1, p.batch, p.inChannels, ...p.input]);
    const turned = p.batch === 1 ? dy : b.transpose(dy, [1, 0, 2, 3]);
    const filters = b.reshape(turned, [p.outChannels, p.batch, 1, ...p.output]);
    const y = b.op("Conv", [picture, filters], {
      kernel_shape: [1, ...p.output],
      strides: [1, ...p.dilations],
      dilations: [1, ...p.strides],
      pads: [0, ...p.before, 0, ...paddingAfter(p)],
    });
    return b.reshape(y, weightShapeOf(p));
  },
};

/** Padding after that the windows really see. */
export function paddingAfter(p: Parameters<typeof extents>[0]): readonly number[] {
  return extents(p).map(
    (extent, i) => (p.output[i]! - 1) * p.strides[i]! + extent - p.before[i]! - p.input[i]!,
  );
}
