import type { Builder, Value } from "../../../graph/index.js";
import { padsOf } from "../../window.js";
import { all, extents, product, type ConvProblem } from "../problem.js";
import type { Recipe } from "../recipe.js";

/**
 * Stride 1: `dx = Conv(dy, w′)`, `w′[c,o,k] = w[o,c,K−1−k]`: the kernel flipped in space, its channels swapped within
 * each group; padding `extent − 1 − pad`.
 */
export const flip: Recipe = {
  name: "flip",
  refuses(p) {
    if (!all(p.strides, 1)) return "stride over 1";
    const reach = extents(p);
    if ([p.before, p.after].some((pads) => pads.some((pad, i) => pad > reach[i]! - 1)))
      return "padding wider than the kernel";
    return undefined;
  },
  build({ b, problem: p, operands: [dy, w] }) {
    const reach = extents(p);
    return b.op("Conv", [dy, flippedWeights(b, p, w)], {
      kernel_shape: p.kernel,
      dilations: p.dilations,
      group: p.group,
      pads: padsOf({
        before: reach.map((extent, i) => extent - 1 - p.before[i]!),
        after: reach.map((extent, i) => extent - 1 - p.after[i]!),
      }),
    });
  },
};

/** [O, C/g, …k] → [C, O/g, …k], flipped in space. */
export function flippedWeights(b: Builder, p: ConvProblem, w: Value): Value {
  const { group: g, kernel } = p;
  const taps = product(kernel);
  const [outputs, inputs] = [p.outChannels / g, p.inChannels / g];
  const shape = [p.inChannels, outputs, ...kernel];
  if (taps === 1) return b.reshape(b.transpose(b.reshape(w, [g, outputs, inputs]), [0, 2, 1]), shape);
  // Taps first, so that turning their order round copies long runs.
  const byTap = b.transpose(b.reshape(w, [g, outputs, inputs, taps]), [3, 0, 2, 1]);
  const order = b.ints(Array.from({ length: taps }, (_, i) => taps - 1 - i));
  const turned = b.op("Gather", [byTap, order], { axis: 0 });
  return b.reshape(b.transpose(turned, [1, 2, 3, 0]), shape);
}
