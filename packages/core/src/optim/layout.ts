import { sizeOf } from "../util/index.js";

/** Where one parameter lies in the flat arrays of weights, gradients and state. */
export interface ParameterSpan {
  /** State-dict key. */
  readonly path: string;
  readonly shape: readonly number[];
  /** First element. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
}

/** All trained parameters, one behind the other in one flat float32 array. */
export interface ParameterLayout {
  readonly spans: readonly ParameterSpan[];
  /** Number of elements in all. */
  readonly size: number;
}

/** Lay parameters out in the order given. */
export function createLayout(
  parameters: Iterable<{ readonly path: string; readonly shape: readonly number[] }>,
): ParameterLayout {
  let offset = 0;
  const spans = Array.from(parameters, ({ path, shape }) => {
    const span = { path, shape, offset, size: sizeOf(shape) };
    offset += span.size;
    return span;
  });
  return { spans, size: offset };
}

/** A parameter's part of a flat array, as a view. */
export function viewOf(flat: Float32Array<ArrayBuffer>, span: ParameterSpan): Float32Array<ArrayBuffer> {
  return flat.subarray(span.offset, span.offset + span.size);
}
