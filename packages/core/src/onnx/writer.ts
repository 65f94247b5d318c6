import type { LazyBlob } from "./byte-source.js";
import { utf8Length, writeUtf8 } from "./utf8.js";

/** Bytes in order: pieces of memory, and blobs to be read when their turn comes. */
export type Chunk = Uint8Array | LazyBlob;

/** Writes protobuf's primitives into one buffer of known size, and long blobs by reference between its pieces. */
export class Writer {
  readonly chunks: Chunk[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;
  #chunkStart = 0;

  /** @param size bytes of everything but the blobs given by reference */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Everything written so far, as chunks. */
  finish(): Chunk[] {
    this.#cut();
    return this.chunks;
  }

  /** @param value from 0 to 2⁵³ */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#position++] = rest;
  }

  /** 64 bits as a varint. */
  varint64(low: number, high: number): void {
    let lo = low >>> 0;
    let hi = high >>> 0;
    while (hi !== 0 || lo >= 0x80) {
      this.#bytes[this.#position++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.#bytes[this.#position++] = lo;
  }

  int64(value: number | bigint): void {
    if (typeof value === "number" && value >= 0) this.varint(value);
    else {
      const bits = BigInt.asUintN(64, BigInt(value));
      this.varint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
    }
  }

  float(value: number): void {
    this.#view.setFloat32(this.#position, value, true);
    this.#position += 4;
  }

  double(value: number): void {
    this.#view.setFloat64(this.#position, value, true);
    this.#position += 8;
  }

  /** Text with its length before it. */
  text(text: string): void {
    this.varint(utf8Length(text));
    this.#position = writeUtf8(text, this.#bytes, this.#position);
  }

  copy(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  /** Bytes that are not copied. */
  reference(blob: Chunk): void {
    this.#cut();
    this.chunks.push(blob);
  }

  #cut(): void {
    if (this.#position > this.#chunkStart)
      this.chunks.push(this.#bytes.subarray(this.#chunkStart, this.#position));
    this.#chunkStart = this.#position;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size += 1;
  return size;
}

export function int64Size(value: number | bigint): number {
  if (value < 0) return 10;
  return typeof value === "number" ? varintSize(value) : varint64Size(value);
}

function varint64Size(value: bigint): number {
  let size = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size += 1;
  return size;
}

/** Size of the varint of two words. */
export function wordsSize(low: number, high: number): number {
  const lo = low >>> 0;
  const hi = high >>> 0;
  if (hi === 0) return varintSize(lo);
  // 28 bits of the low word are four bytes' worth; its other 4 bits go on with the high word.
  return hi >= 0x80000000 ? 10 : 4 + varintSize(hi * 16 + (lo >>> 28));
}
