import type { OpAttributes, OpName } from "../onnx/operators.js";
import type { DType } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import type { Builder } from "./builder.js";
import { printShape, type Dim, type Shape } from "./dim.js";
import type { Value } from "./value.js";

/** What stands for a tensor in whichever graph it is used in: a parameter of a model. */
export interface TensorSource {
  /** @throws MattelierError where the graph does not know it */
  in(b: Builder): Tensor;
}

export type TensorLike = Tensor | TensorSource;

/** A tensor, or a number that becomes a scalar of the other operand's type. */
export type TensorOperand = TensorLike | number;

/**
 * A value of a graph under construction, to calculate with: every method records a node. Binary methods broadcast
 * as NumPy does. Axes may be negative; reductions drop the reduced axes unless `keep` is set.
 */
export class Tensor implements TensorSource {
  readonly b: Builder;
  readonly value: Value;

  constructor(b: Builder, value: Value) {
    this.b = b;
    this.value = value;
  }

  get shape(): Shape {
    return this.value.shape;
  }

  get rank(): number {
    return this.value.rank;
  }

  get dtype(): DType {
    return this.value.dtype;
  }

  in(): this {
    return this;
  }

  /**
   * The size of an axis as a number.
   * @throws MattelierError `unsupported` where it is symbolic
   */
  size(axis: number): number {
    const dim = this.shape[this.#axis(axis)]!;
    if (typeof dim === "number") return dim;
    throw new MattelierError({
      code: "unsupported",
      where: this.b.path === "" ? "model" : this.b.path,
      expected: `a fixed size on axis ${axis}`,
      got: printShape(this.shape),
      fix: "give the model's inputs fixed sizes on this axis",
    });
  }

  /** Apply an operator with this as its first input. Inputs left out are undefined. */
  op<K extends OpName>(
    op: K,
    others: readonly (TensorLike | undefined)[] = [],
    attrs?: OpAttributes<K>,
  ): Tensor {
    return this.emit(op, others, attrs, 1)[0]!;
  }

  /** Apply an operator with several outputs. */
  emit<K extends OpName>(
    op: K,
    others: readonly (TensorLike | undefined)[],
    attrs: OpAttributes<K> | undefined,
    outputs: number,
  ): Tensor[] {
    const inputs = [this.value, ...others.map((other) => other?.in(this.b).value)];
    return this.b.emit(op, inputs, attrs, outputs).map((value) => this.#wrap(value));
  }

  /** A value of this tensor's graph as a tensor. */
  of(value: Value): Tensor {
    return this.#wrap(value);
  }

  /** A constant in this tensor's graph. */
  constant(data: TensorData, name?: string): Tensor {
    return this.#wrap(this.b.constant(data, name));
  }

  add(y: TensorOperand): Tensor {
    return this.#binary(this.b.add, y);
  }

  sub(y: TensorOperand): Tensor {
    return this.#binary(this.b.sub, y);
  }

  mul(y: TensorOperand): Tensor {
    return this.#binary(this.b.mul, y);
  }

  div(y: TensorOperand): Tensor {
    return this.#binary(this.b.div, y);
  }

  pow(y: TensorOperand): Tensor {
    return this.#binary(this.b.pow, y);
  }

  max(y: TensorOperand): Tensor {
    return this.#binary(this.b.max, y);
  }

  min(y: TensorOperand): Tensor {
    return this.#binary(this.b.min, y);
  }

  /** Truth values. */
  greater(y: TensorOperand): Tensor {
    return this.#binary(this.b.greater, y);
  }

  /** Truth values. */
  less(y: TensorOperand): Tensor {
    return this.#binary(this.b.less, y);
  }

  /** Truth values. */
  equal(y: TensorOperand): Tensor {
    return this.#binary(this.b.equal, y);
  }

  matmul(y: TensorLike): Tensor {
    return this.op("MatMul", [y]);
  }

  neg(): Tensor {
    return this.#wrap(this.b.neg(this.value));
  }

  exp(): Tensor {
    return this.#wrap(this.b.exp(this.value));
  }

  log(): Tensor {
    return this.#wrap(this.b.log(this.value));
  }

  sqrt(): Tensor {
    return this.#wrap(this.b.sqrt(this.value));
  }

  abs(): Tensor {
    return this.#wrap(this.b.abs(this.value));
  }

  square(): Tensor {
    return this.mul(this);
  }

  sigmoid(): Tensor {
    return this.#wrap(this.b.sigmoid(this.value));
  }

  tanh(): Tensor {
    return this.#wrap(this.b.tanh(this.value));
  }

  relu(): Tensor {
    return this.#wrap(this.b.relu(this.value));
  }

  /** `number - this` */
  subFrom(number: number): Tensor {
    return this.#wrap(this.b.sub(this.b.operand(number, this.value), this.value));
  }

  cast(dtype: DType): Tensor {
    return this.#wrap(this.b.cast(this.value, dtype));
  }

  /** The same contents, as a constant to whoever differentiates. */
  stopGradient(): Tensor {
    return this.#wrap(this.b.stopGradient(this.value));
  }

  /** Into [low, high]; a bound left out does not bind. */
  clip({ low, high }: { readonly low?: number; readonly high?: number }): Tensor {
    const bound = (value: number | undefined): Value | undefined =>
      value === undefined ? undefined : this.b.scalar(value, this.dtype);
    return this.#wrap(this.b.op("Clip", [this.value, bound(low), bound(high)]));
  }

  /** Over the given axes; over all of them when left out. */
  sum(axes?: readonly number[], { keep = false } = {}): Tensor {
    return this.#wrap(this.b.reduceSum(this.value, this.#axes(axes), keep));
  }

  mean(axes?: readonly number[], { keep = false } = {}): Tensor {
    return this.#wrap(this.b.reduceMean(this.value, this.#axes(axes), keep));
  }

  transpose(perm: readonly number[]): Tensor {
    return this.#wrap(this.b.transpose(this.value, perm));
  }

  /** One size may be -1: what is left. Symbolic ones must be sizes of this tensor. */
  reshape(shape: Shape): Tensor {
    if (shape.every((dim) => typeof dim === "number")) return this.#wrap(this.b.reshape(this.value, shape));
    // 0 keeps the size at its place.
    const plain = shape.map((dim, i) => (typeof dim === "number" ? dim : dim === this.shape[i] ? 0 : dim));
    if (plain.every((dim) => typeof dim === "number")) return this.#wrap(this.b.reshape(this.value, plain));
    return this.#wrap(this.b.op("Reshape", [this.value, this.sizes(shape).value]));
  }

  expand(shape: Shape): Tensor {
    return this.#wrap(this.b.op("Expand", [this.value, this.sizes(shape).value]));
  }

  /** `this[start:end]` along one axis. */
  slice(axis: number, start: number, end: number): Tensor {
    return this.#wrap(this.b.slice(this.value, [start], [end], [this.#axis(axis)]));
  }

  /** Put axes of size 1 in at these places of the result. */
  unsqueeze(axes: readonly number[]): Tensor {
    return this.#wrap(this.b.op("Unsqueeze", [this.value, this.b.ints(axes)]));
  }

  /** Take axes of size 1 out. */
  squeeze(axes: readonly number[]): Tensor {
    return this.#wrap(this.b.op("Squeeze", [this.value, this.b.ints(this.#axes(axes))]));
  }

  /**
   * Sizes as an int64 vector: a constant where they are numbers, read off `like` at run time where symbolic.
   * @throws MattelierError `unsupported` for a symbolic size that no tensor of `like` has
   */
  sizes(shape: Shape, like: readonly Tensor[] = [this]): Tensor {
    const parts: Value[] = [];
    let numbers: number[] = [];
    const flush = (): void => {
      if (numbers.length > 0) parts.push(this.b.ints(numbers));
      numbers = [];
    };
    for (const dim of shape) {
      if (typeof dim === "number") numbers.push(dim);
      else {
        flush();
        parts.push(this.#sizeAtRunTime(dim, like));
      }
    }
    flush();
    return this.#wrap(this.b.concat(parts, 0));
  }

  #sizeAtRunTime(dim: Dim, like: readonly Tensor[]): Value {
    for (const { value, shape } of like) {
      const start = shape.indexOf(dim);
      if (start >= 0) return this.b.op("Shape", [value], { start, end: start + 1 });
    }
    throw new MattelierError({
      code: "unsupported",
      where: this.b.path === "" ? "model" : this.b.path,
      expected: `a size among ${like.map(({ shape }) => printShape(shape)).join(", ")}`,
      got: String(dim),
      fix: "give the model's inputs fixed sizes",
    });
  }

  #axis(axis: number): number {
    return axis < 0 ? axis + this.rank : axis;
  }

  #axes(axes: readonly number[] = [...this.shape.keys()]): readonly number[] {
    return axes.map((axis) => this.#axis(axis));
  }

  #binary(op: (x: Value, y: Value | number) => Value, y: TensorOperand): Tensor {
    return this.#wrap(op(this.value, typeof y === "number" ? y : y.in(this.b).value));
  }

  #wrap(value: Value): Tensor {
    return new Tensor(this.b, value);
  }
}
