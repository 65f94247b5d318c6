import { fromBlocked, toBlocked } from "../blocked.js";
import { weightShapeOf } from "../problem.js";
import type { Recipe } from "../recipe.js";
import { depthwiseFilter } from "./depthwise-filter.js";
import { sumBatch } from "./join-taps.js";
import { paddingAfter } from "./swap-3d.js";

/** {@link depthwiseFilter} by the blocked depthwise convolution: blocked dy is its filter as it lies. */
export const depthwiseBlocked: Recipe = {
  name: "depthwise_blocked",
  refuses(p, target) {
    if (target.block === undefined) return "no blocked operators here";
    if (p.dtype !== "float32" || p.input.length !== 2) return "not float32 in 2-D";
    if (p.inChannels % target.block !== 0) return `channels that do not fill blocks of ${target.block}`;
    return depthwiseFilter.refuses(p, target);
  },
  build({ b, problem: p, operands: [x, dy] }) {
    const planes = p.batch * p.inChannels;
    const pictures = b.reshape(toBlocked(b, x), [1, planes, ...p.input]);
    const filters = b.reshape(toBlocked(b, dy), [planes, 1, ...p.output]);
    const y = b.op("com.microsoft.nchwc.Conv", [pictures, filters], {
      kernel_shape: p.output,
      strides: p.dilations,
      dilations: p.strides,
      group: planes,
      pads: [...p.before, ...paddingAfter(p)],
    });
    return sumBatch(b, p, b.reshape(fromBlocked(b, y), [p.batch, ...weightShapeOf(p)]));
  },
};
