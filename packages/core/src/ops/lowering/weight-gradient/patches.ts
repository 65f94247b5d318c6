import { product, tapsOf, weightShapeOf } from "../problem.js";
import { timesTransposed } from "../products.js";
import type { Recipe } from "../recipe.js";
import { tapView, windowsInput } from "../shifts.js";
import { sumBatch } from "./join-taps.js";

/**
 * `dw = Σ_n dy[n]·patches(x[n])ᵀ`: all that the taps see of x, stacked, in one product. For few input channels, such
 * as a picture's three.
 */
export const patches: Recipe = {
  name: "patches",
  refuses: (p) => (p.group === 1 ? undefined : "more than one group"),
  build({ b, problem: p, operands: [x, dy], target }) {
    const places = product(p.output);
    const padded = windowsInput(b, p, x);
    const taps = tapsOf(p.kernel);
    const views = taps.map((tap) => tapView(b, p, padded, tap));
    const right = b.reshape(b.concat(views, 1), [p.batch, taps.length * p.inChannels, places]);
    const left = b.reshape(dy, [p.batch, p.outChannels, places]);
    const dots = sumBatch(b, p, timesTransposed(b, target, left, right));
    const apart = b.reshape(dots, [p.outChannels, taps.length, p.inChannels]);
    return b.reshape(b.transpose(apart, [0, 2, 1]), weightShapeOf(p));
  },
};
