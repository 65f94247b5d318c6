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

/** Copy a gradient's elements from a place in the layout on, until the target is full. */
export function copyGradient(
  { spans }: ParameterLayout,
  gradient: Float32Array | readonly Float32Array[],
  start: number,
  target: Float32Array,
): void {
  if (gradient instanceof Float32Array) {
    target.set(gradient.subarray(start, start + target.length));
    return;
  }
  let piece = lastStartingBy(spans, start);
  for (let done = 0; done < target.length; piece++) {
    const { offset, size } = spans[piece]!;
    const from = start + done - offset;
    const count = Math.min(size - from, target.length - done);
    target.set(gradient[piece]!.subarray(from, from + count), done);
    done += count;
  }
}

/** The last parameter that begins at or before an element (of empty ones at the same place, the last). */
function lastStartingBy(spans: readonly ParameterSpan[], element: number): number {
  let [low, high] = [0, spans.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (spans[middle]!.offset <= element) low = middle;
    else high = middle - 1;
  }
  return low;
}
