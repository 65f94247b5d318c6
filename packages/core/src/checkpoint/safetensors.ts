import { arrayConstructor, byteLength, type DType } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import type { StateDict } from "./state-dict.js";

// Format: u64 little-endian length of a JSON header, the header, then the tensors' bytes.
// Source: https://github.com/huggingface/safetensors, "Format".

const DTYPES = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
} as const satisfies Record<string, DType>;
type StoredDType = keyof typeof DTYPES;
const CODES = new Map<DType, StoredDType>(
  Object.entries(DTYPES).map(([code, dtype]) => [dtype, code as StoredDType]),
);

/** The format's own limit, against headers made to exhaust memory. */
const MAX_HEADER_BYTES = 100_000_000;

export interface Safetensors {
  readonly tensors: StateDict;
  /** The header's `__metadata__`: plain text by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Read a .safetensors file. Tensors are views into `bytes` where its alignment allows, copies elsewhere.
 * @throws MattelierError `invalid-data` when header, ranges or sizes do not hold together.
 */
export function decodeSafetensors(bytes: Uint8Array, where = "safetensors"): Safetensors {
  const fail = (expected: string, got: string): never => {
    const fix = "the file is cut short or damaged: copy or download it again.";
    throw new MattelierError({ code: "invalid-data", where, expected, got, fix });
  };
  if (bytes.length < 8) fail("at least 8 bytes", `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > bytes.length)
    fail(`a header within the file's ${bytes.length} bytes`, `one of ${headerBytes} bytes`);
  const header = parseHeader(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)), fail);

  const data = bytes.subarray(8 + headerBytes);
  const tensors = new Map<string, TensorData>();
  let metadata: Record<string, string> = {};
  const ranges: [begin: number, end: number, name: string][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype: code, shape, data_offsets: offsets } = entry as Partial<Entry>;
    const dtype = Object.hasOwn(DTYPES, code ?? "") ? DTYPES[code as StoredDType] : undefined;
    if (dtype === undefined) return fail(`${name} in one of ${Object.keys(DTYPES).join(", ")}`, String(code));
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
      return fail(`a shape and two offsets for ${name}`, JSON.stringify(entry));
    const [begin, end] = offsets as [number, number];
    const expected = byteLength(dtype, sizeOf(shape));
    if (begin > end || end > data.length || end - begin !== expected)
      fail(`${expected} bytes for ${name} within ${data.length}`, `bytes ${begin} to ${end}`);
    ranges.push([begin, end, name]);
    tensors.set(name, { dtype, shape, data: viewOf(data, dtype, begin, end) });
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  for (let i = 1; i < ranges.length; i++)
    if (ranges[i]![0] < ranges[i - 1]![1])
      fail("tensors that do not overlap", `${ranges[i - 1]![2]} and ${ranges[i]![2]} sharing bytes`);
  return { tensors, metadata };
}

/** Write a .safetensors file: tensors in the order given, each aligned to 8 bytes. */
export function encodeSafetensors(
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  const parts: Uint8Array[] = [];
  // The format allows no holes, so wide elements go first: then each tensor is aligned to its element.
  const sorted = [...tensors].sort(([, a], [, b]) => elementBytes(b) - elementBytes(a));
  let offset = 0;
  for (const [name, tensor] of sorted) {
    const code = CODES.get(tensor.dtype);
    if (code === undefined)
      throw new MattelierError({
        code: "unsupported",
        where: `safetensors: ${name}`,
        expected: `one of ${[...CODES.keys()].join(", ")}`,
        got: tensor.dtype,
      });
    const { buffer, byteOffset, byteLength: length } = tensor.data as Uint8Array;
    parts.push(new Uint8Array(buffer, byteOffset, length));
    header[name] = { dtype: code, shape: tensor.shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded);
  new DataView(out.buffer).setBigUint64(0, BigInt(padded), true);
  out.set(json, 8);
  let at = 8 + padded;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

const elementBytes = ({ dtype }: TensorData): number => (dtype === "string" ? 0 : byteLength(dtype, 1));

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && (x as number) >= 0);
}

function parseHeader(
  text: string,
  fail: (expected: string, got: string) => never,
): Readonly<Record<string, unknown>> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    fail("a JSON header", JSON.stringify(text.slice(0, 40)));
  }
  if (typeof header !== "object" || header === null || Array.isArray(header))
    return fail("a JSON object as header", text.slice(0, 40));
  for (const [name, entry] of Object.entries(header))
    if (typeof entry !== "object" || entry === null) fail(`an object for ${name}`, JSON.stringify(entry));
  return header as Record<string, unknown>;
}

function viewOf(
  data: Uint8Array,
  dtype: Exclude<DType, "string">,
  begin: number,
  end: number,
): TensorData["data"] {
  const ArrayType = arrayConstructor(dtype);
  const at = data.byteOffset + begin;
  const count = (end - begin) / ArrayType.BYTES_PER_ELEMENT;
  return at % ArrayType.BYTES_PER_ELEMENT === 0
    ? new ArrayType(data.buffer, at, count)
    : new ArrayType(data.slice(begin, end).buffer, 0, count);
}
