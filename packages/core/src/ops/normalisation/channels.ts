import type { Builder, Value } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { multiplyTransposed } from "../linear/multiply-transposed.js";

// Sums and affine maps per channel of [N, C, …], which the gradients of normalisations are made of.

/** Σ over the batch and the spatial axes: [N, C, …] → [C]. */
export function channelSum(b: Builder, x: Value): Value {
  return b.reduceSum(x, [0, ...[...x.shape.keys()].slice(2)], false);
}

/**
 * Σ over the spatial axes of x·y, per picture and channel: [N, C, …] → [N, C]. As a row times a row transposed: ONNX
 * Runtime takes six times as long for a row times a column.
 */
export function planeDots(b: Builder, x: Value, y: Value): Value {
  const [n, c, ...spatial] = fixedShape("normalisation", x.shape) as [number, number, ...number[]];
  const count = spatial.reduce((product, dim) => product * dim, 1);
  const rows = b.reshape(x, [n * c, 1, count]);
  const others = b.reshape(y, [n * c, 1, count]);
  return b.reshape(multiplyTransposed(b, rows, others, { transB: true }), [n, c]);
}

/** A vector per channel as [C, 1, …], to broadcast over [N, C, …]. */
export function perChannel(b: Builder, vector: Value, like: Value): Value {
  return b.reshape(vector, [-1, ...like.shape.slice(2).map(() => 1)]);
}

/** Number of elements over some axes. */
export function countOver(x: Value, axes: readonly number[]): number {
  const shape = fixedShape("normalisation", x.shape);
  return axes.reduce((product, axis) => product * shape[axis]!, 1);
}
