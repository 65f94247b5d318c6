import type { OpAttributes, OpName } from "../onnx/operators.js";
import type { Builder } from "./builder.js";
import type { Dim } from "./dim.js";
import type { Value, ValueType } from "./value.js";

export interface InferContext<K extends OpName> {
  /** The inputs; all types are known. Optional ones left out are undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: OpAttributes<K>;
  readonly outputCount: number;
  /** Version of the operator's set: older ones keep axes and shapes in attributes. */
  readonly opset: number;
}

export interface VjpContext<K extends OpName> {
  readonly b: Builder;
  /** Gradient of the loss by the first output. */
  readonly g: Value;
  /** Gradients by every output; undefined where the loss does not depend on it. */
  readonly gs: readonly (Value | undefined)[];
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly (Value | undefined)[];
  readonly attrs: OpAttributes<K>;
  /** Which inputs' gradients are wanted; the others may be left undefined, and cost nothing then. */
  readonly wanted: readonly boolean[];
}

/** Vector-Jacobian product: per input the gradient of the loss, undefined where there is none. */
export type Vjp<K extends OpName> = (context: VjpContext<K>) => readonly (Value | undefined)[];

/** A gradient that does not exist, said aloud. `zero`: constant almost everywhere; nothing flows, no error. */
export interface NonDifferentiable {
  readonly reason: string;
  readonly zero: boolean;
}

/** No gradient passes here, and a loss that asks for one is an error that gives this reason. */
export const nonDifferentiable = (reason: string): NonDifferentiable => ({ reason, zero: false });

/** The derivative is zero almost everywhere (rounding, comparisons): paths through it end, silently. */
export const zeroGradient = (reason: string): NonDifferentiable => ({ reason, zero: true });

/** All that shared code knows of one operator. */
export interface OpRule<K extends OpName = OpName> {
  /** Output types. @throws MattelierError `shape-mismatch` or `dtype-mismatch`. */
  readonly infer: (context: InferContext<K>) => ValueType | readonly ValueType[];
  readonly vjp: Vjp<K> | NonDifferentiable;
  /** Contents of the first output as far as known, for integer arithmetic on shapes. */
  readonly inferData?: (context: InferContext<K>) => readonly Dim[] | undefined;
  /** Draws random numbers: two applications differ, so they are never merged, and none is run a second time. */
  readonly random?: true;
  /** Multiply-accumulates of one application. */
  readonly macs?: (context: InferContext<K> & { readonly outputs: readonly ValueType[] }) => Dim;
}

/** A rule for every operator: an incomplete table does not compile. */
export type RuleTable = { readonly [K in OpName]: OpRule<K> };
