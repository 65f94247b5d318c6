/** Element types, by the names that ONNX Runtime's JavaScript API uses. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "int4"
  | "uint4"
  | "bool"
  | "string";

/** The types of numbers that gradients flow through. */
export type FloatDType = "float32" | "float64" | "float16" | "bfloat16";

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === "float32" || dtype === "float64" || dtype === "float16" || dtype === "bfloat16";
}

/**
 * Typed arrays as they lie in memory. float16 and bfloat16 are raw bits in a Uint16Array;
 * int4 and uint4 are packed, two to a byte, low nibble first; bool is a byte, 0 or 1.
 */
export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

type NumericArrayConstructor = {
  new (length: number): NumericArray;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): NumericArray;
  readonly BYTES_PER_ELEMENT: number;
};

const ARRAYS: Readonly<Record<Exclude<DType, "string">, NumericArrayConstructor>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  int4: Uint8Array,
  uint4: Uint8Array,
  bool: Uint8Array,
};

export function arrayConstructor(dtype: Exclude<DType, "string">): NumericArrayConstructor {
  return ARRAYS[dtype];
}

/** Bytes that `count` elements take, as ONNX stores them (int4 packs two to a byte). */
export function byteLength(dtype: Exclude<DType, "string">, count: number): number {
  if (dtype === "int4" || dtype === "uint4") return Math.ceil(count / 2);
  return ARRAYS[dtype].BYTES_PER_ELEMENT * count;
}
