import {
  sameShape,
  type Builder,
  type Dim,
  type InferContext,
  type Shape,
  type Value,
  type ValueType,
} from "../../graph/index.js";
import { fixedShape, numbersIn } from "../contents.js";
import { normaliseAxes } from "../shape-rules.js";

/** What the Reduce operators share: their axes and `keepdims`. */
export type ReduceOp =
  | "ReduceL1"
  | "ReduceL2"
  | "ReduceLogSumExp"
  | "ReduceMax"
  | "ReduceMean"
  | "ReduceMin"
  | "ReduceProd"
  | "ReduceSum"
  | "ReduceSumSquare";

type Reduction = Pick<InferContext<ReduceOp>, "inputs" | "attrs">;

/** Axes counted from the front: of the second input, or in old opsets an attribute; all when left out. */
export function reducedAxes(op: string, { inputs: [x, axesInput], attrs }: Reduction): readonly number[] {
  const given = axesInput === undefined ? (attrs.axes ?? []) : numbersIn(op, axesInput);
  if (given.length > 0) return normaliseAxes(op, given, x!.rank);
  return attrs.noop_with_empty_axes === 1 ? [] : x!.shape.map((_, i) => i);
}

/** The type of a reduction's result. */
export const reducing =
  (op: ReduceOp) =>
  (context: Reduction): ValueType => {
    const x = context.inputs[0]!;
    const axes = reducedAxes(op, context);
    const kept = keptShape(x.shape, axes);
    const shape = context.attrs.keepdims === 0 ? kept.filter((_, i) => !axes.includes(i)) : kept;
    return { dtype: x.dtype, shape };
  };

/** The shape with 1 for every reduced axis. */
function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((dim, i): Dim => (axes.includes(i) ? 1 : dim));
}

/** A result (or its gradient) of a reduction over x, with the reduced axes put back as ones: it broadcasts to x. */
export function withKeptAxes(b: Builder, value: Value, op: ReduceOp, context: Reduction): Value {
  if (context.attrs.keepdims !== 0) return value;
  const shape = keptShape(context.inputs[0]!.shape, reducedAxes(op, context));
  return b.reshape(value, fixedShape(op, shape));
}

/** {@link withKeptAxes}, and copied along the reduced axes to x's shape. */
export function spread(b: Builder, value: Value, op: ReduceOp, context: Reduction): Value {
  const kept = withKeptAxes(b, value, op, context);
  const { shape } = context.inputs[0]!;
  return sameShape(kept.shape, shape) ? kept : b.expand(kept, fixedShape(op, shape));
}

/** How many elements go into one of the result. */
export function reducedCount(op: ReduceOp, context: Reduction): number {
  const shape = fixedShape(op, context.inputs[0]!.shape);
  return reducedAxes(op, context).reduce((count, axis) => count * shape[axis]!, 1);
}
