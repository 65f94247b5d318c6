import { MattelierError } from "../util/errors.js";
import type { ByteSource, LazyBlob } from "./byte-source.js";
import { WIRE_32, WIRE_64, WIRE_BYTES, WIRE_GROUP, WIRE_GROUP_END, WIRE_VARINT } from "./messages.js";
import { decodeShortAscii, decodeUtf8 } from "./utf8.js";

/** As protobuf's own decoders: deeper is an attack or a mistake. */
const MAX_DEPTH = 100;
const FIRST_WINDOW = 1 << 14;
const LAST_WINDOW = 1 << 20;

/**
 * Reads protobuf's primitives from bytes in memory, or from a source through a window that slides forward.
 * Offsets are absolute. Every read is checked against the input's size, and lengths against the message they lie in.
 */
export class Reader {
  readonly size: number;
  readonly #what: string;
  readonly #source: ByteSource | undefined;
  #bytes: Uint8Array;
  /** Absolute offset of the window's first byte. */
  #base = 0;
  /** Within the window; may lie beyond it after a skip. */
  #position = 0;
  /** Keep bytes from here on when the window slides (absolute); -1 for none. */
  #pinned = -1;
  #nextWindow = FIRST_WINDOW;
  readonly #path: string[] = [];
  // Parts of the varint read last: bits 0-27, 28-55, 56-63.
  #low = 0;
  #middle = 0;
  #high = 0;

  /** @param what the input as a person would name it, for errors */
  constructor(input: Uint8Array | ByteSource, what: string) {
    this.#what = what;
    if (input instanceof Uint8Array) {
      // A plain view: what we hand out shall not be a Buffer.
      this.#bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
      this.size = input.byteLength;
    } else {
      this.#bytes = new Uint8Array(0);
      this.#source = input;
      this.size = input.size;
    }
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /** Go into a nested message, named by its field. */
  enter(field: string): void {
    if (this.#path.length >= MAX_DEPTH)
      this.fail(`messages nested at most ${MAX_DEPTH} deep`, "a deeper one", this.offset);
    this.#path.push(field);
  }

  leave(): void {
    this.#path.pop();
  }

  fail(expected: string, got: string, offset: number): never {
    const field = this.#path.length === 0 ? "" : ` in ${this.#path.slice(-8).join(".")}`;
    throw new MattelierError({
      code: "invalid-model",
      where: `${this.#what}, byte ${offset}${field}`,
      expected,
      got,
    });
  }

  /** @returns number * 8 + wire type */
  tag(): number {
    const at = this.offset;
    this.#varint();
    const tag = this.#low + this.#middle * 2 ** 28;
    if (this.#high !== 0 || tag >= 2 ** 32 || tag < 8)
      this.fail("a protobuf field number from 1 to 536870911", "something else", at);
    return tag;
  }

  /** A length of bytes that must end by `end`. */
  length(end: number): number {
    const at = this.offset;
    this.#varint();
    const length = this.#low + this.#middle * 2 ** 28 + this.#high * 2 ** 56;
    const left = end - this.offset;
    if (length > left) this.fail(`a length of at most ${left}, all that is left`, String(length), at);
    return length;
  }

  int32(): number {
    this.#varint();
    return this.#low | (this.#middle << 28);
  }

  int64(): number | bigint {
    this.#varint();
    const low = this.#low;
    const middle = this.#middle;
    const high = this.#high & 0xff;
    if (high === 0 && middle < 2 ** 25) return low + middle * 2 ** 28;
    if (high === 0xff && middle >= 2 ** 28 - 2 ** 25) {
      const value = low + (middle - 2 ** 28) * 2 ** 28;
      if (Number.isSafeInteger(value)) return value;
    }
    const bits = BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high) << 56n);
    return BigInt.asIntN(64, bits);
  }

  /** Write the 64 bits of a varint as two words, low first. */
  words64(target: Int32Array, index: number): void {
    this.#varint();
    target[index] = this.#low | (this.#middle << 28);
    target[index + 1] = (this.#middle >>> 4) | (this.#high << 24);
  }

  float(): number {
    this.#need(4);
    this.#position += 4;
    return this.#view().getFloat32(this.#position - 4, true);
  }

  double(): number {
    this.#need(8);
    this.#position += 8;
    return this.#view().getFloat64(this.#position - 8, true);
  }

  /** The next bytes, in one piece, as a view: of the input, or of the window, which is laid anew when it slides. */
  bytes(length: number): Uint8Array {
    this.#need(length);
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, start + length);
  }

  /** As {@link Reader.bytes}, without going on. */
  peek(length: number): Uint8Array {
    this.#need(length);
    return this.#bytes.subarray(this.#position, this.#position + length);
  }

  blob(length: number): Uint8Array | LazyBlob {
    if (this.#source === undefined || length < this.#source.blobThreshold) return this.bytes(length);
    const blob = this.#source.blob(this.offset, length);
    this.skip(length);
    return blob;
  }

  text(length: number): string {
    this.#need(length);
    const start = this.#position;
    const short = decodeShortAscii(this.#bytes, start, start + length);
    if (short !== undefined) {
      this.#position += length;
      return short;
    }
    return decodeUtf8(this.bytes(length));
  }

  /** Pass over bytes without reading them. */
  skip(length: number): void {
    if (length > this.size - this.offset) this.#truncated(length);
    this.#position += length;
  }

  /** Pass over a field's contents, its tag being read. */
  skipField(tag: number, end: number): void {
    const at = this.offset;
    switch (tag & 7) {
      case WIRE_VARINT:
        this.#varint();
        return;
      case WIRE_64:
        this.skip(8);
        return;
      case WIRE_BYTES:
        this.skip(this.length(end));
        return;
      case WIRE_32:
        this.skip(4);
        return;
      case WIRE_GROUP:
        this.#skipGroup(tag >>> 3, end);
        return;
      default:
        this.fail("a protobuf wire type: 0, 1, 2, 3 or 5", `${tag & 7}`, at - 1);
    }
  }

  /** Pass over a field, its tag being read from `start`; returns all of it. */
  rawField(start: number, tag: number, end: number): Uint8Array {
    this.#pinned = start;
    this.#back(start);
    this.tag();
    this.skipField(tag, end);
    const length = this.offset - start;
    this.#back(start);
    const bytes = this.bytes(length);
    this.#pinned = -1;
    return bytes;
  }

  #view(): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  #skipGroup(number: number, end: number): void {
    const at = this.offset;
    this.enter(`group ${number}`);
    while (this.offset < end) {
      const tag = this.tag();
      if ((tag & 7) !== WIRE_GROUP_END) this.skipField(tag, end);
      else if (tag >>> 3 === number) {
        this.leave();
        return;
      } else this.fail(`the end of group ${number}`, `that of group ${tag >>> 3}`, this.offset);
    }
    this.fail("an end of this group", "none", at);
  }

  /** Back to an offset; the window is laid anew if it has slid past it. */
  #back(offset: number): void {
    if (offset >= this.#base) this.#position = offset - this.#base;
    else {
      this.#base = offset;
      this.#position = 0;
      this.#bytes = new Uint8Array(0);
    }
  }

  #varint(): void {
    if (this.#bytes.length - this.#position < 10) this.#slide(10);
    const bytes = this.#bytes;
    let at = this.#position;
    let byte = bytes[at++] ?? this.#truncated(1);
    this.#middle = 0;
    this.#high = 0;
    if (byte < 0x80) {
      this.#low = byte;
      this.#position = at;
      return;
    }
    let low = byte & 0x7f;
    let middle = 0;
    let high = 0;
    for (let i = 1; byte >= 0x80; i++) {
      if (i === 10) this.fail("a varint of at most 10 bytes", "a longer one", this.offset);
      byte = bytes[at++] ?? this.#truncated(i + 1);
      const part = byte & 0x7f;
      if (i < 4) low |= part << (7 * i);
      else if (i < 8) middle |= part << (7 * i - 28);
      else high |= part << (7 * i - 56);
    }
    this.#low = low;
    this.#middle = middle;
    this.#high = high & 0xff;
    this.#position = at;
  }

  /** Have the next bytes in the window. */
  #need(length: number): void {
    if (this.#bytes.length - this.#position >= length) return;
    if (length > this.size - this.offset) this.#truncated(length);
    this.#slide(length);
  }

  /** Slide the window so that it holds the next bytes, as far as there are any. */
  #slide(length: number): void {
    if (this.#source === undefined) return;
    const start = this.#pinned < 0 ? this.offset : this.#pinned;
    const kept =
      start < this.#base + this.#bytes.length ? this.#bytes.subarray(start - this.#base) : undefined;
    // Windows grow while reading goes on without a jump: few reads for long runs, short ones between blobs.
    this.#nextWindow = kept === undefined ? FIRST_WINDOW : Math.min(2 * this.#nextWindow, LAST_WINDOW);
    const wanted = Math.max(this.offset - start + length, this.#nextWindow);
    const have = kept === undefined ? 0 : kept.length;
    const size = Math.min(wanted, this.size - start);
    if (have >= size) return;
    const window = new Uint8Array(size);
    if (kept !== undefined) window.set(kept);
    this.#source.read(window.subarray(have), start + have);
    this.#position = this.offset - start;
    this.#bytes = window;
    this.#base = start;
  }

  #truncated(length: number): never {
    this.fail(
      `${length} more byte${length === 1 ? "" : "s"}`,
      `the end of the input after ${this.size} bytes`,
      this.offset,
    );
  }
}
