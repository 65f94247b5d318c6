import { all, weightShapeOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { padSpatial } from "../shifts.js";
import { sumBatch } from "./join-taps.js";

/**
 * Stride 1 in 2-D. With r = p + i·dilation, rows shift on dy and columns on x:
 * `dw[o,c,i,j] = Σ_{r,q} dy[o, r − i, q] · x[c, r, q + j]`: one product of all kh shifts of dy by all kw shifts of x,
 * [kh·O × places]·[places × kw·C]. Few copies, and wide enough to be fast with few channels.
 */
export const twoSided: Recipe = {
  name: "two_sided",
  refuses: (p) =>
    p.input.length === 2 && all(p.strides, 1) && p.group === 1
      ? undefined
      : "not a 2-D convolution of stride 1 and one group",
  build({ b, problem: p, operands: [x, dy], target }) {
    const [kh, kw] = p.kernel as [number, number];
    const [height, width] = [p.input[0]!, p.output[1]!];
    const places = height * width;
    const rowShifts = Array.from({ length: kh }, (_, i) => {
      const before = i * p.dilations[0]! - p.before[0]!;
      return padSpatial(b, dy, [before, 0], [height - p.output[0]! - before, 0]);
    });
    const seen = width + (kw - 1) * p.dilations[1]!;
    const wide = padSpatial(b, x, [0, p.before[1]!], [0, seen - p.before[1]! - p.input[1]!]);
    const columnShifts = Array.from({ length: kw }, (_, j) => {
      const start = j * p.dilations[1]!;
      return kw === 1 ? wide : b.slice(wide, [start], [start + width], [3]);
    });
    const left = b.reshape(b.concat(rowShifts, 1), [p.batch, kh * p.outChannels, places]);
    const right = b.reshape(b.concat(columnShifts, 1), [p.batch, kw * p.inChannels, places]);
    const dots = sumBatch(b, p, timesTransposed(b, target, left, right));
    const apart = b.reshape(dots, [kh, p.outChannels, kw, p.inChannels]);
    return b.reshape(b.transpose(apart, [1, 3, 0, 2]), weightShapeOf(p));
  },
};
