import type { OpAttributes, OpName } from "../onnx/index.js";
import { tensorFrom, type DType, type TensorData } from "../util/index.js";

/** A random float input, differentiated: uniform in [low, high), but at least `gap` away from every `kinks`. */
export interface RandomInput {
  readonly shape: readonly number[];
  readonly low: number;
  readonly high: number;
  readonly kinks: readonly number[];
  readonly gap: number;
  /** Do not differentiate by it. */
  readonly fixed: boolean;
}

/** A constant of the float type under test. */
export interface FloatConstant {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

export type CaseInput = RandomInput | FloatConstant | TensorData | undefined;

/** One way to apply an operator. */
export interface OpCase<K extends OpName = OpName> {
  /** A random input of the float type under test, a constant with its own type, or an optional input left out. */
  readonly inputs: readonly CaseInput[];
  readonly attrs?: OpAttributes<K>;
  /** Outputs asked for; 1 when left out. */
  readonly outputs?: number;
  /** How many of the outputs the loss depends on; all when left out. The others are statistics without gradients. */
  readonly weighted?: number;
  /** Check the gradient in this type only. */
  readonly only?: "float32" | "float64";
  /** Only compare types with ONNX Runtime's: why there is no gradient to check here. */
  readonly typesOnly?: string;
  /** Set the graph down in an older operator set; then only types are compared. */
  readonly opset?: number;
  /** ONNX Runtime has no kernel for it: why only inference runs, with these expected types (`float32[2,3]`). */
  readonly noKernel?: { readonly reason: string; readonly types: readonly string[] };
}

/** Cases per operator; the contract demands at least one for each. */
export type OpCases = { readonly [K in OpName]?: readonly OpCase<K>[] };

/** A random float input in [−2, 2) or as told. */
export function random(
  shape: readonly number[],
  { low = -2, high = 2, kinks = [], gap = 0.05, fixed = false }: Partial<Omit<RandomInput, "shape">> = {},
): RandomInput {
  return { shape, low, high, kinks, gap, fixed };
}

/** A constant of the float type under test. */
export const floats = (shape: readonly number[], values: readonly number[]): FloatConstant => ({
  shape,
  values,
});

/** A constant vector of int64: axes, sizes, pads. */
export const ints = (...values: readonly number[]): TensorData =>
  tensorFrom("int64", [values.length], values);

/** A constant of any type. */
export const constant = (
  dtype: Exclude<DType, "string" | "bfloat16" | "int4" | "uint4">,
  shape: readonly number[],
  values: readonly number[],
): TensorData => tensorFrom(dtype, shape, values);
