import { all, product, weightShapeOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { sumBatch } from "./join-taps.js";

/** 1x1: `dw = Σ_n dy[n]·x[n]ᵀ`, of every s-th place where there is a stride s. */
export const pointwise: Recipe = {
  name: "pointwise",
  refuses: (p) =>
    all(p.kernel, 1) && all(p.before, 0) && all(p.after, 0) && p.group === 1
      ? undefined
      : "not a 1x1 convolution of one group",
  build({ b, problem: p, operands: [x, dy], target }) {
    // Pooling over windows of one element is the fastest way to take every s-th.
    const seen = all(p.strides, 1) ? x : b.op("MaxPool", [x], { kernel_shape: p.kernel, strides: p.strides });
    const places = product(p.output);
    const left = b.reshape(dy, [p.batch, p.outChannels, places]);
    const right = b.reshape(seen, [p.batch, p.inChannels, places]);
    return b.reshape(sumBatch(b, p, timesTransposed(b, target, left, right)), weightShapeOf(p));
  },
};
