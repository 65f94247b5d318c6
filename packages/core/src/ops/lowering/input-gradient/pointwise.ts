import { isPointwise, product } from "../problem.js";
import { transposedTimes } from "../products.js";
import type { Recipe } from "../recipe.js";

/** 1x1: `dx[n] = wᵀ·dy[n]`, channels by places. */
export const pointwise: Recipe = {
  name: "pointwise",
  refuses: (p) => (isPointwise(p) && p.group === 1 ? undefined : "not a 1x1 convolution of one group"),
  build({ b, problem: p, operands: [dy, w], target }) {
    const matrix = b.reshape(w, [1, p.outChannels, p.inChannels]);
    const places = b.reshape(dy, [p.batch, p.outChannels, product(p.output)]);
    return b.reshape(transposedTimes(b, target, matrix, places), [p.batch, p.inChannels, ...p.input]);
  },
};
