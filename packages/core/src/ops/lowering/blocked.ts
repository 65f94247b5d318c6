import type { Builder, Value } from "../../graph/index.js";
import { product } from "./problem.js";

// ONNX Runtime's blocked layout: [N, C, H, W] lies in memory as [N, C/B, H, W, B]. Values keep their logical shape.

/** [N, C, H, W] to blocked; C a multiple of the block. */
export const toBlocked = (b: Builder, x: Value): Value => b.op("com.microsoft.nchwc.ReorderInput", [x]);

/** Blocked to [N, C, H, W]. */
export const fromBlocked = (b: Builder, x: Value): Value =>
  b.op("com.microsoft.nchwc.ReorderOutput", [x], { channels: x.shape[1] as number });

/**
 * Convolution weights [O, C, kh, kw] as the blocked kernel reads them: [O/B, C/B, kh, kw, B (c), B (o)]. The
 * reordering of pictures brings the outputs of a block together, much faster than Transpose would; what is left
 * moves whole blocks.
 */
export function packWeights(b: Builder, w: Value, block: number): Value {
  const [o, c, ...kernel] = w.shape as [number, number, number, number];
  const taps = product(kernel);
  const together = toBlocked(b, b.reshape(w, [1, o, 1, c * taps]));
  if (taps === 1) return b.reshape(together, [o, c, ...kernel]);
  const apart = b.reshape(together, [(o / block) * (c / block), block, taps, block]);
  return b.reshape(b.transpose(apart, [0, 2, 1, 3]), [o, c, ...kernel]);
}

/**
 * Weights for the input gradient: channels swapped, kernel flipped, packed: [C/B, O/B, kh, kw, B (o), B (c)].
 * The result's logical shape is [C, O, kh, kw].
 */
export function packFlippedWeights(b: Builder, w: Value, block: number): Value {
  const [o, c, ...kernel] = w.shape as [number, number, number, number];
  const taps = product(kernel);
  const together = toBlocked(b, b.reshape(w, [o, c, 1, taps]));
  const apart = b.reshape(together, [o / block, block, c / block, taps, block]);
  const turned = flipAxis(b, b.transpose(apart, [2, 0, 3, 1, 4]), 2);
  return b.reshape(turned, [c, o, ...kernel]);
}

/** Weights for an unblocked input of fewer channels than a block: [O/B, C, kh, kw, B]. */
export function packFirstWeights(b: Builder, w: Value, block: number): Value {
  const [o, c, ...kernel] = w.shape as [number, number, number, number];
  const apart = b.reshape(w, [o / block, block, c * product(kernel)]);
  return b.reshape(b.transpose(apart, [0, 2, 1]), [o, c, ...kernel]);
}

/** The same with channels swapped and the kernel flipped, for dy of fewer channels than a block: [C/B, O, kh, kw, B]. */
export function packFirstFlippedWeights(b: Builder, w: Value, block: number): Value {
  const [o, c, ...kernel] = w.shape as [number, number, number, number];
  const apart = b.reshape(w, [o, c / block, block, product(kernel)]);
  const turned = flipAxis(b, b.transpose(apart, [1, 0, 3, 2]), 2);
  return b.reshape(turned, [c, o, ...kernel]);
}

/** Depthwise weights [C, 1, kh, kw] packed: [C/B, kh, kw, B]; flipped for the input gradient. */
export function packDepthwiseWeights(b: Builder, w: Value, block: number, flipped: boolean): Value {
  const [c, , ...kernel] = w.shape as [number, number, number, number];
  const packed = b.transpose(b.reshape(w, [c / block, block, product(kernel)]), [0, 2, 1]);
  return b.reshape(flipped ? flipAxis(b, packed, 1) : packed, [c, 1, ...kernel]);
}

function flipAxis(b: Builder, x: Value, axis: number): Value {
  const size = x.shape[axis] as number;
  if (size === 1) return x;
  const order = b.ints(Array.from({ length: size }, (_, i) => size - 1 - i));
  return b.op("Gather", [x, order], { axis });
}
