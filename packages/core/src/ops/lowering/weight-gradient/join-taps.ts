import type { Builder, Value } from "../../../graph/index.js";
import { weightShapeOf, type ConvProblem } from "../problem.js";

/** Products [N·g, O/g, C/g], one a tap, → dw [O, C/g, …k]: summed over the batch, taps last. */
export function joinTaps(b: Builder, p: ConvProblem, products: readonly Value[]): Value {
  const count = products.length;
  const weights = (p.outChannels * p.inChannels) / p.group;
  const apart = products.map((value) => b.reshape(value, [1, p.batch, weights]));
  const stacked = b.concat(apart, 0);
  const summed = p.batch === 1 ? b.reshape(stacked, [count, weights]) : b.reduceSum(stacked, [1], false);
  return b.reshape(count === 1 ? summed : b.transpose(summed, [1, 0]), weightShapeOf(p));
}

/** Σ over the batch of [N, …rest]. */
export function sumBatch(b: Builder, p: ConvProblem, x: Value): Value {
  const rest = x.shape.slice(1) as number[];
  return p.batch === 1 ? b.reshape(x, rest) : b.reduceSum(x, [0], false);
}
