import { arrayConstructor, byteLength, type DType } from "../util/dtype.js";
import { MattelierError, messageOf } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { StateDict } from "./state-dict.js";

const DTYPES: readonly DType[] = ["float16", "float32"];

interface PackedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float16" | "float32";
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Read tensors that lie in a bare .bin (little-endian), as a JSON beside it lists them:
 * `{ "tensors": [{ name, shape, dtype, offset, bytes }] }`.
 * @throws MattelierError `invalid-data` for another JSON, or ranges outside the bytes
 */
export function decodeTensorPack(json: string, bytes: Uint8Array, where: string): StateDict {
  const tensors = new Map<string, TensorData>();
  for (const entry of parseList(json, where)) {
    const { name, shape, dtype, offset, bytes: length } = entry as PackedTensor;
    if (!isPacked(entry))
      throw damaged(where, "name, shape, dtype, offset and bytes of each tensor", JSON.stringify(entry));
    if (length !== byteLength(dtype, sizeOf(shape)) || offset + length > bytes.length)
      throw damaged(where, `${name} within ${bytes.length} bytes`, `bytes ${offset} to ${offset + length}`);
    const ArrayType = arrayConstructor(dtype);
    const data = new ArrayType(bytes.slice(offset, offset + length).buffer);
    tensors.set(name, { dtype, shape, data });
  }
  return tensors;
}

function parseList(json: string, where: string): readonly unknown[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw damaged(where, "JSON that lists tensors", messageOf(cause));
  }
  const list = (parsed as { readonly tensors?: unknown } | null)?.tensors;
  if (Array.isArray(list)) return list as unknown[];
  throw damaged(where, 'a list "tensors"', typeof list);
}

function isPacked(entry: unknown): entry is PackedTensor {
  const { name, shape, dtype, offset, bytes } = (entry ?? {}) as Partial<PackedTensor>;
  const isCount = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
  return (
    typeof name === "string" &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    dtype !== undefined &&
    DTYPES.includes(dtype) &&
    isCount(offset) &&
    isCount(bytes)
  );
}

const damaged = (where: string, expected: string, got: string): MattelierError =>
  new MattelierError({ code: "invalid-data", where, expected, got });
