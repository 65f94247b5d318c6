import type { Builder, Value } from "../../../graph/index.js";
import { product, tapsOf, type ConvProblem } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { tapView, windowsInput } from "../shifts.js";

/**
 * `dw[:,:,k] = Σ_n dy[n]·x_k[n]ᵀ`, x_k the part of x that tap k sees: one product a tap. Everything fits it, but
 * strides make its slices slow.
 */
export const taps: Recipe = {
  name: "taps",
  refuses: () => undefined,
  build({ b, problem: p, operands: [x, dy], target }) {
    const places = product(p.output);
    const matrices = (value: Value, channels: number): Value =>
      b.reshape(value, [p.batch * p.group, channels / p.group, places]);
    const padded = windowsInput(b, p, x);
    const left = matrices(dy, p.outChannels);
    const products = tapsOf(p.kernel).map((tap) =>
      timesTransposed(b, target, left, matrices(tapView(b, p, padded, tap), p.inChannels)),
    );
    return joinTaps(b, p, products);
  },
};

/** Products [N·g, O/g, C/g], one a tap, → dw [O, C/g, …k]: summed over the batch, taps last. */
export function joinTaps(b: Builder, p: ConvProblem, products: readonly Value[]): Value {
  const count = products.length;
  const weights = (p.outChannels * p.inChannels) / p.group;
  const shape = [p.outChannels, p.inChannels / p.group, ...p.kernel];
  const apart = products.map((value) => b.reshape(value, [1, p.batch, weights]));
  const stacked = b.concat(apart, 0);
  const summed = p.batch === 1 ? b.reshape(stacked, [count, weights]) : b.reduceSum(stacked, [1], false);
  return b.reshape(count === 1 ? summed : b.transpose(summed, [1, 0]), shape);
}
