import {
  addDim,
  floorDivDim,
  mulDim,
  type Builder,
  type Dim,
  type OpRule,
  type Value,
} from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { contentsOf, elementsOf, fixedShape, numbersIn } from "../contents.js";
import { normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y = x[start:end:step, …]` along some axes
 * `∂L/∂x` = g where it was cut from, zero elsewhere
 */
export const slice: OpRule<"Slice"> = {
  infer({ inputs, attrs }) {
    const shape = [...inputs[0]!.shape];
    for (const { axis, from, to, step } of rangesOf(inputs, attrs)) shape[axis] = lengthOf(from, to, step);
    return { dtype: inputs[0]!.dtype, shape };
  },
  inferData({ inputs, attrs }) {
    const contents = contentsOf(inputs[0]!);
    if (contents === undefined || inputs[0]!.rank !== 1) return undefined;
    const [range] = rangesOf(inputs, attrs);
    if (range === undefined) return contents;
    const { from, to, step } = range;
    if (typeof from !== "number" || typeof to !== "number") return undefined;
    const length = lengthOf(from, to, step) as number;
    return Array.from({ length }, (_, i) => contents[from + i * step]!);
  },
  vjp({ b, g, inputs, attrs }) {
    const sizes = fixedShape("Slice", inputs[0]!.shape);
    const ranges = rangesOf(inputs, attrs) as readonly (Range & { from: number; to: number })[];
    const before = sizes.map(() => 0);
    const after = sizes.map(() => 0);
    let dx = g;
    for (const { axis, from, step } of ranges) {
      const length = g.shape[axis] as number;
      const last = from + (length - 1) * step;
      if (step < 0) dx = b.slice(dx, [-1], [Number.MIN_SAFE_INTEGER], [axis], [-1]);
      dx = spread(b, dx, axis, Math.abs(step));
      before[axis] = Math.min(from, last);
      after[axis] = sizes[axis]! - 1 - Math.max(from, last);
    }
    const pads = [...before, ...after];
    return [pads.every((n) => n === 0) ? dx : b.op("Pad", [dx, b.ints(pads)])];
  },
};

interface Range {
  readonly axis: number;
  /** First index, and the one that ends the range; clamped to the axis. */
  readonly from: Dim;
  readonly to: Dim;
  readonly step: number;
}

function rangesOf(inputs: readonly (Value | undefined)[], attrs: OpAttributes<"Slice">): readonly Range[] {
  const [x, startsInput, endsInput, axesInput, stepsInput] = inputs;
  const starts = attrs.starts ?? elementsOf("Slice", startsInput!);
  const ends = attrs.ends ?? elementsOf("Slice", endsInput!);
  const axes =
    attrs.axes ?? (axesInput === undefined ? starts.map((_, i) => i) : numbersIn("Slice", axesInput));
  const steps = stepsInput === undefined ? starts.map(() => 1) : numbersIn("Slice", stepsInput);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length)
    throw shapeMismatch(
      "Slice",
      "as many starts as ends, axes and steps",
      [starts, ends, axes, steps].map((list) => list.length).join(", "),
      "give one of each for every axis that is cut",
    );
  return starts.map((start, i): Range => {
    const axis = normaliseAxis("Slice", axes[i]!, x!.rank);
    const size = x!.shape[axis]!;
    const step = steps[i]!;
    if (step === 0) throw shapeMismatch("Slice", "steps other than 0", "0", "take 1 for every element");
    return step > 0
      ? { axis, from: clamp(start, size, 0, 0), to: clamp(ends[i]!, size, 0, 0), step }
      : { axis, from: clamp(start, size, 0, -1), to: clamp(ends[i]!, size, -1, -1), step };
  });
}

/** An index counted from the front, in [low, size + high]. A symbol is taken to lie in the range. */
function clamp(index: Dim, size: Dim, low: number, high: number): Dim {
  if (typeof index === "string") return index;
  if (typeof size === "string") {
    if (index < -(2 ** 30)) return low;
    if (index > 2 ** 30) return addDim(size, high);
    return index < 0 ? addDim(size, index) : index;
  }
  return Math.min(Math.max(index < 0 ? index + size : index, low), size + high);
}

function lengthOf(from: Dim, to: Dim, step: number): Dim {
  if (typeof from === "number" && typeof to === "number") return Math.max(0, Math.ceil((to - from) / step));
  const [low, high] = step > 0 ? [from, to] : [to, from];
  const span = addDim(high, mulDim(low, -1));
  return floorDivDim(addDim(span, Math.abs(step) - 1), Math.abs(step));
}

/** Put `step − 1` zeros between neighbours on an axis. */
function spread(b: Builder, x: Value, axis: number, step: number): Value {
  if (step === 1) return x;
  const shape = fixedShape("Slice", x.shape);
  const n = shape[axis]!;
  const apart = b.reshape(x, shape.toSpliced(axis, 1, n, 1));
  const pads = Array.from({ length: 2 * (x.rank + 1) }, (_, i) =>
    i === x.rank + 1 + axis + 1 ? step - 1 : 0,
  );
  const stuffed = b.reshape(b.op("Pad", [apart, b.ints(pads)]), shape.with(axis, n * step));
  return b.slice(stuffed, [0], [(n - 1) * step + 1], [axis]);
}
