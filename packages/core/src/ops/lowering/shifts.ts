import type { Builder, Value } from "../../graph/index.js";
import { extents, type ConvProblem } from "./problem.js";

/** Pad the spatial axes of [N, C, …] with zeros; negative numbers crop. Nothing is emitted for zeros. */
export function padSpatial(b: Builder, x: Value, before: readonly number[], after: readonly number[]): Value {
  if ([...before, ...after].every((n) => n === 0)) return x;
  return b.op("Pad", [x, b.ints([0, 0, ...before, 0, 0, ...after])]);
}

/** x padded, or cropped, to just what the windows see: `(output − 1)·stride + extent` on each axis. */
export function windowsInput(b: Builder, p: ConvProblem, x: Value): Value {
  const seen = extents(p).map((extent, i) => (p.output[i]! - 1) * p.strides[i]! + extent);
  return padSpatial(
    b,
    x,
    p.before,
    seen.map((size, i) => size - p.before[i]! - p.input[i]!),
  );
}

/** What one kernel tap sees of {@link windowsInput}'s result: [N, C, …output]. */
export function tapView(b: Builder, p: ConvProblem, padded: Value, tap: readonly number[]): Value {
  const axes = tap.map((_, i) => i + 2);
  const starts = tap.map((k, i) => k * p.dilations[i]!);
  const ends = starts.map((start, i) => start + (p.output[i]! - 1) * p.strides[i]! + 1);
  if (
    starts.every((start, i) => start === 0 && ends[i] === padded.shape[i + 2]) &&
    p.strides.every((s) => s === 1)
  )
    return padded;
  return b.slice(padded, starts, ends, axes, p.strides.every((s) => s === 1) ? undefined : p.strides);
}
