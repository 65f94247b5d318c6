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
