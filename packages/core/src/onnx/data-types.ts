import type { DType } from "../util/dtype.js";

/** TensorProto.DataType of the ONNX schema. */
export const DATA_TYPE_CODES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
};

const NAMES = new Map(Object.entries(DATA_TYPE_CODES).map(([name, code]) => [code, name as DType]));

/** The element type of a schema code; undefined for those we do not hold (complex, 8-bit floats). */
export function dtypeOfCode(code: number): DType | undefined {
  return NAMES.get(code);
}

/** Names of the element types that files may hold and we do not. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  0: "undefined",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

/** The name of any schema code, for people. */
export function dataTypeName(code: number): string {
  return dtypeOfCode(code) ?? OTHER_NAMES[code] ?? `element type ${code}`;
}

/** Bits per element of schema codes, where elements have a fixed size. */
// prettier-ignore
const BITS: Readonly<Record<number, number>> = {
  1: 32, 2: 8, 3: 8, 4: 16, 5: 16, 6: 32, 7: 64, 9: 8, 10: 16, 11: 64, 12: 32, 13: 64, 14: 64, 15: 128, 16: 16,
  17: 8, 18: 8, 19: 8, 20: 8, 21: 4, 22: 4, 23: 4, 24: 8, 25: 2, 26: 2,
};

/** Bytes that so many elements of a schema code take in a file; undefined for strings and unknown codes. */
export function storedBytes(code: number, count: number): number | undefined {
  const bits = BITS[code];
  return bits === undefined ? undefined : Math.ceil((count * bits) / 8);
}
