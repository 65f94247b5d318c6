import type { Value } from "../../../graph/index.js";
import { product, tapsOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { tapView, windowsInput } from "../shifts.js";
import { joinTaps } from "./join-taps.js";

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
