import { isDepthwise, weightShapeOf } from "../problem.js";
import type { Recipe } from "../recipe.js";
import { sumBatch } from "./join-taps.js";
import { paddingAfter } from "./swap-3d.js";

/**
 * Depthwise: every channel of every picture is convolved with its own dy as the filter, strides and dilations in each
 * other's place; then the sum over the batch.
 */
export const depthwiseFilter: Recipe = {
  name: "depthwise_filter",
  refuses(p) {
    if (!isDepthwise(p)) return "not depthwise";
    return paddingAfter(p).some((pad) => pad < 0) ? "rows of x that no window sees" : undefined;
  },
  build({ b, problem: p, operands: [x, dy] }) {
    const planes = p.batch * p.inChannels;
    const y = b.op("Conv", [b.reshape(x, [1, planes, ...p.input]), b.reshape(dy, [planes, 1, ...p.output])], {
      kernel_shape: p.output,
      strides: p.dilations,
      dilations: p.strides,
      group: planes,
      pads: [...p.before, ...paddingAfter(p)],
    });
    return sumBatch(b, p, b.reshape(y, [p.batch, ...weightShapeOf(p)]));
  },
};
