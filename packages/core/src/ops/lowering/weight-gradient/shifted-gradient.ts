import { all, extents, product, tapsOf, weightShapeOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { padSpatial } from "../shifts.js";
import { sumBatch } from "./join-taps.js";

/**
 * Stride 1: `dw[o,c,k] = Σ_r dy[o, r − k·dilation + pad]·x[c,r]`: all shifts of dy in one product with x as it lies.
 * For far fewer output than input channels.
 */
export const shiftedGradient: Recipe = {
  name: "shifted_gradient",
  refuses(p) {
    if (!all(p.strides, 1) || p.group !== 1) return "not stride 1 and one group";
    return undefined;
  },
  build({ b, problem: p, operands: [x, dy], target }) {
    const places = product(p.input);
    const before = extents(p).map((extent, i) => extent - 1 - p.before[i]!);
    const sizes = extents(p).map((extent, i) => p.input[i]! + extent - 1);
    const padded = padSpatial(
      b,
      dy,
      before,
      sizes.map((size, i) => size - before[i]! - p.output[i]!),
    );
    const axes = p.kernel.map((_, i) => i + 2);
    const taps = tapsOf(p.kernel);
    const shifts = taps.map((tap) => {
      const starts = tap.map((k, i) => (p.kernel[i]! - 1 - k) * p.dilations[i]!);
      if (taps.length === 1) return padded;
      return b.slice(
        padded,
        starts,
        starts.map((start, i) => start + p.input[i]!),
        axes,
      );
    });
    const left = b.reshape(b.concat(shifts, 1), [p.batch, taps.length * p.outChannels, places]);
    const right = b.reshape(x, [p.batch, p.inChannels, places]);
    const dots = sumBatch(b, p, timesTransposed(b, target, left, right));
    const byTap = b.reshape(dots, [taps.length, p.outChannels * p.inChannels]);
    return b.reshape(b.transpose(byTap, [1, 0]), weightShapeOf(p));
  },
};
