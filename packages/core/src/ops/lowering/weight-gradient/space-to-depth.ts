import { extents, product, tapsOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { padSpatial } from "../shifts.js";
import { joinTaps } from "./join-taps.js";

/**
 * The products of {@link taps} for a stride s in 2-D: x is taken apart into its s² phases once (SpaceToDepth), and
 * then tap k·dilation = a·s + r sees phase r from a on, without a stride.
 */
export const spaceToDepth: Recipe = {
  name: "space_to_depth",
  refuses(p) {
    const [s, other] = p.strides;
    if (p.input.length !== 2 || s === 1 || s !== other) return "not a 2-D convolution of one stride over 1";
    return undefined;
  },
  build({ b, problem: p, operands: [x, dy], target }) {
    const s = p.strides[0]!;
    const places = product(p.output);
    const matrices = p.batch * p.group;
    const seen = extents(p).map((extent, i) => {
      const size = (p.output[i]! - 1) * s + extent;
      return Math.ceil(size / s) * s;
    });
    const padded = padSpatial(
      b,
      x,
      p.before,
      seen.map((size, i) => size - p.before[i]! - p.input[i]!),
    );
    const phases = b.op("SpaceToDepth", [padded], { blocksize: s });
    const left = b.reshape(dy, [matrices, p.outChannels / p.group, places]);
    const products = tapsOf(p.kernel).map((tap) => {
      const at = tap.map((k, i) => k * p.dilations[i]!);
      const [ai, aj] = at.map((n) => Math.floor(n / s)) as [number, number];
      const phase = (at[0]! % s) * s + (at[1]! % s);
      const view = b.slice(
        phases,
        [phase * p.inChannels, ai, aj],
        [(phase + 1) * p.inChannels, ai + p.output[0]!, aj + p.output[1]!],
        [1, 2, 3],
      );
      return timesTransposed(b, target, left, b.reshape(view, [matrices, p.inChannels / p.group, places]));
    });
    return joinTaps(b, p, products);
  },
};
