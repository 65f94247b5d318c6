import type { NumericArray } from "../util/dtype.js";
import type { PackedTypes } from "./messages.js";
import type { Reader } from "./reader.js";

export type PackedArray = PackedTypes[keyof PackedTypes];

/** Bytes in use of the buffers that we made with room at their end. */
const used = /* @__PURE__ */ new WeakMap<ArrayBufferLike, number>();

/**
 * The list with more at its end. Room is doubled when it runs out, so that a list that comes in many small pieces
 * costs no more than its size; a list that comes whole stays the array it is.
 */
export function append<A extends PackedArray | Uint8Array>(list: A | undefined, more: A): A {
  if (list === undefined) return more;
  const make = list.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => A;
  const length = list.length + more.length;
  let { buffer, byteOffset } = list;
  const hasRoom = byteOffset + length * list.BYTES_PER_ELEMENT <= buffer.byteLength;
  if (!hasRoom || used.get(buffer) !== byteOffset + list.byteLength) {
    buffer = new ArrayBuffer(Math.max(2 * length, 16) * list.BYTES_PER_ELEMENT);
    byteOffset = 0;
    set(new make(buffer, 0, length), list, 0);
  }
  const longer = new make(buffer, byteOffset, length);
  set(longer, more, list.length);
  used.set(buffer, byteOffset + longer.byteLength);
  return longer;
}

const set = (target: NumericArray, source: NumericArray, at: number): void => {
  (target as Uint8Array).set(source as Uint8Array, at);
};

/** A packed list of `length` bytes. */
export function readPacked(reader: Reader, kind: keyof PackedTypes, length: number): PackedArray {
  switch (kind) {
    case "packed float":
      return new Float32Array(fixedWidth(reader, length, 4));
    case "packed double":
      return new Float64Array(fixedWidth(reader, length, 8));
    default:
      return readVarints(reader, kind, length);
  }
}

/** A list of one: an element that came singly. */
export function readSingle(reader: Reader, kind: keyof PackedTypes): PackedArray {
  switch (kind) {
    case "packed float":
      return new Float32Array(fixedWidth(reader, 4, 4));
    case "packed double":
      return new Float64Array(fixedWidth(reader, 8, 8));
    default: {
      const list = newList(kind, 1);
      readInto(reader, list, 0);
      return list;
    }
  }
}

function fixedWidth(reader: Reader, length: number, width: number): ArrayBuffer {
  if (length % width !== 0)
    reader.fail(`a packed list of a multiple of ${width} bytes`, String(length), reader.offset);
  // Protobuf is little-endian, and so is every machine that runs JavaScript engines of today.
  const { buffer, byteOffset } = reader.bytes(length);
  return buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer;
}

type VarintKind = Exclude<keyof PackedTypes, "packed float" | "packed double">;
type VarintList = PackedTypes[VarintKind];

function newList(kind: VarintKind, length: number): VarintList {
  if (kind === "packed int32") return new Int32Array(length);
  return kind === "packed int64" ? new BigInt64Array(length) : new BigUint64Array(length);
}

function readInto(reader: Reader, list: VarintList, index: number): void {
  if (list instanceof Int32Array) list[index] = reader.int32();
  else reader.words64(new Int32Array(list.buffer), 2 * index);
}

function readVarints(reader: Reader, kind: VarintKind, length: number): VarintList {
  const end = reader.offset + length;
  let count = 0; // every varint has one byte without the continuation bit
  for (const byte of reader.peek(length)) if (byte < 0x80) count += 1;
  const list = newList(kind, count);
  if (list instanceof Int32Array) for (let i = 0; i < count; i++) list[i] = reader.int32();
  else {
    const words = new Int32Array(list.buffer);
    for (let i = 0; i < count; i++) reader.words64(words, 2 * i);
  }
  if (reader.offset !== end) reader.fail("varints that fill the packed list", "a cut one", reader.offset);
  return list;
}
