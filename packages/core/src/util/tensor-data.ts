import { arrayConstructor, type DType, type NumericArray } from "./dtype.js";
import { internalError, MattelierError } from "./errors.js";
import { fromFloat16Bits, narrowToFloat16 } from "./float16.js";

/** A dense array on the host: row-major, contiguous. `data` is laid out as {@link NumericArray} says. */
export interface TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: NumericArray | readonly string[];
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * Make a tensor from plain numbers, rounding to the element type.
 * @throws MattelierError `shape-mismatch` when the count of numbers does not fill the shape.
 */
export function tensorFrom(
  dtype: Exclude<DType, "string" | "bfloat16" | "int4" | "uint4">,
  shape: readonly number[],
  values: ArrayLike<number>,
): TensorData {
  if (values.length !== sizeOf(shape)) {
    throw new MattelierError({
      code: "shape-mismatch",
      where: "tensorFrom",
      expected: `${sizeOf(shape)} values for the shape [${shape.join(",")}]`,
      got: String(values.length),
    });
  }
  if (dtype === "float16") return { dtype, shape, data: narrowToFloat16(values) };
  const data = new (arrayConstructor(dtype))(values.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]!);
  } else data.set(values);
  return { dtype, shape, data };
}

/** Read a tensor's elements as plain numbers (int64 beyond 2⁵³ loses its low bits). */
export function numbersOf(tensor: TensorData): number[] {
  const { dtype, data } = tensor;
  switch (dtype) {
    case "string":
    case "bfloat16":
    case "int4":
    case "uint4":
      throw internalError("numbersOf", "an element type that is one number each", dtype);
    case "float16":
      return Array.from(data as Uint16Array, fromFloat16Bits);
    default:
      return Array.from(data as ArrayLike<number | bigint>, Number);
  }
}
