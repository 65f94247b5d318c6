import type { OpAttributes, OpName } from "../onnx/operators.js";
import type { Dim } from "./dim.js";
import type { Value, ValueType } from "./value.js";

// A rule's gradient is built with a builder, and a builder looks its operators up in rules: the types here leave the
// builder open, and builder.ts closes the circle (`OpRule`, `RuleTable`).

export interface InferContext<K extends OpName> {
  /** The inputs; all types are known. Optional ones left out are undefined. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attrs: OpAttributes<K>;
  readonly outputCount: number;
  /** Version of the operator's set: older ones keep axes and shapes in attributes. */
  readonly opset: number;
}

export interface VjpContextWith<B, K extends OpName> {
  readonly b: B;
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
export type VjpWith<B, K extends OpName> = (context: VjpContextWith<B, K>) => readonly (Value | undefined)[];

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
export interface OpRuleWith<B, K extends OpName> {
  /** Output types. @throws MattelierError `shape-mismatch` or `dtype-mismatch`. */
  readonly infer: (context: InferContext<K>) => ValueType | readonly ValueType[];
  readonly vjp: VjpWith<B, K> | NonDifferentiable;
  /** Contents of the first output as far as known, for integer arithmetic on shapes. */
  readonly inferData?: (context: InferContext<K>) => readonly Dim[] | undefined;
  /** Draws random numbers: two applications differ, so they are never merged, and none is run a second time. */
  readonly random?: true;
  /** Multiply-accumulates of one application. */
  readonly macs?: (context: InferContext<K> & { readonly outputs: readonly ValueType[] }) => Dim;
}

/** A rule for every operator: an incomplete table does not compile. */
export type RuleTableWith<B> = { readonly [K in OpName]: OpRuleWith<B, K> };
