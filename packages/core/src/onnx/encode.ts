import { internalError, MattelierError } from "../util/errors.js";
import { lazyBlobOf } from "./byte-source.js";
import type { AnyMessage, Field, Message, PackedKind } from "./messages.js";
import type { PackedArray } from "./packed.js";
import { utf8Length } from "./utf8.js";
import { int64Size, varintSize, wordsSize, Writer, type Chunk } from "./writer.js";

/** What protobuf can hold: lengths are 31 bits. */
const MAX_BYTES = 2 ** 31 - 1;
/** Blobs from this size on are handed over by reference. */
const REFERENCE_BYTES = 1 << 14;

export interface EncodeOptions {
  /** What is written, as a person would name it, for errors. */
  readonly what?: string;
  /** Write another message in the place of a nested one. Called twice for each; answers the same both times. */
  readonly replace?: (field: Field, message: AnyMessage) => AnyMessage;
}

/**
 * Encode one message by its schema: fields in the order of their numbers, unknown ones last, as protobuf's own
 * encoders write them.
 *
 * @throws MattelierError `too-large` beyond 2 GB
 */
export function encodeMessage(message: Message, value: AnyMessage, options: EncodeOptions = {}): Uint8Array {
  const chunks = encodeChunks(message, value, options);
  if (chunks.length === 1 && chunks[0] instanceof Uint8Array) return chunks[0];
  const bytes = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk instanceof Uint8Array ? chunk : chunk.read(), position);
    position += chunk.length;
  }
  return bytes;
}

/** As {@link encodeMessage}, in pieces: long blobs are not copied, lazy ones not read. */
export function encodeChunks(message: Message, value: AnyMessage, options: EncodeOptions = {}): Chunk[] {
  return new Encoder(options).encode(message, value);
}

class Encoder {
  readonly #options: EncodeOptions;
  /** Sizes of nested messages and packed lists, in the order in which they are written. */
  readonly #sizes: number[] = [];
  #nextSize = 0;
  #referenced = 0;

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  encode(message: Message, value: AnyMessage): Chunk[] {
    const size = this.#measure(message, value);
    if (size > MAX_BYTES)
      throw new MattelierError({
        code: "too-large",
        where: this.#options.what ?? message.name,
        expected: "at most 2 GB, all that protobuf can hold",
        got: `${(size / 2 ** 30).toFixed(2)} GB`,
        fix: "keep the weights in a file beside the model: writeModelFile(path, model, { externalData: {} })",
      });
    const writer = new Writer(size - this.#referenced);
    this.#write(writer, message, value);
    return writer.finish();
  }

  #measure(message: Message, value: AnyMessage): number {
    let size = value.unknownFields?.length ?? 0;
    for (const field of message.inOrder) {
      if (field.kind === "blob") {
        const blob = blobOf(value, field.name);
        if (blob === undefined) continue;
        size += varintSize(field.tag) + varintSize(blob.length) + blob.length;
        if (isReferenced(blob)) this.#referenced += blob.length;
        continue;
      }
      const content = value[field.name];
      if (content === undefined) continue;
      const tagSize = varintSize(field.tag);
      if (field.packed !== undefined) {
        const length = packedSize(field.packed, content as PackedArray);
        if (length === 0) continue;
        this.#sizes.push(length);
        size += tagSize + varintSize(length) + length;
      } else if (field.repeated)
        for (const element of content as unknown[]) size += tagSize + this.#measureValue(field, element);
      else size += tagSize + this.#measureValue(field, content);
    }
    return size;
  }

  #measureValue(field: Field, content: unknown): number {
    switch (field.kind) {
      case "message": {
        const slot = this.#sizes.push(0) - 1;
        const size = this.#measure(field.message!, this.#replaced(field, content as AnyMessage));
        this.#sizes[slot] = size;
        return varintSize(size) + size;
      }
      case "string": {
        const length = utf8Length(content as string);
        return varintSize(length) + length;
      }
      case "bytes": {
        const { length } = content as Uint8Array;
        return varintSize(length) + length;
      }
      case "int32":
      case "int64":
        return int64Size(content as number | bigint);
      case "float":
        return 4;
      case "double":
        return 8;
      default:
        throw notAValue(field);
    }
  }

  #write(writer: Writer, message: Message, value: AnyMessage): void {
    for (const field of message.inOrder) {
      if (field.kind === "blob") {
        const blob = blobOf(value, field.name);
        if (blob === undefined) continue;
        writer.varint(field.tag);
        writer.varint(blob.length);
        if (isReferenced(blob)) writer.reference(blob);
        else writer.copy(blob as Uint8Array);
        continue;
      }
      const content = value[field.name];
      if (content === undefined) continue;
      if (field.packed !== undefined) {
        const list = content as PackedArray;
        if (list.length === 0) continue;
        writer.varint(field.tag);
        writer.varint(this.#takeSize());
        writePacked(writer, field.packed, list);
      } else if (field.repeated)
        for (const element of content as unknown[]) this.#writeValue(writer, field, element);
      else this.#writeValue(writer, field, content);
    }
    if (value.unknownFields !== undefined) writer.copy(value.unknownFields);
  }

  #writeValue(writer: Writer, field: Field, content: unknown): void {
    writer.varint(field.tag);
    switch (field.kind) {
      case "message":
        writer.varint(this.#takeSize());
        this.#write(writer, field.message!, this.#replaced(field, content as AnyMessage));
        return;
      case "string":
        writer.text(content as string);
        return;
      case "bytes":
        writer.varint((content as Uint8Array).length);
        writer.copy(content as Uint8Array);
        return;
      case "int32":
      case "int64":
        writer.int64(content as number | bigint);
        return;
      case "float":
        writer.float(content as number);
        return;
      case "double":
        writer.double(content as number);
        return;
      default:
        throw notAValue(field);
    }
  }

  #replaced(field: Field, message: AnyMessage): AnyMessage {
    return this.#options.replace === undefined ? message : this.#options.replace(field, message);
  }

  #takeSize(): number {
    return this.#sizes[this.#nextSize++]!;
  }
}

const notAValue = ({ name, kind }: Field): MattelierError =>
  internalError(`schema field ${name}`, "a kind that is one value", kind);

function blobOf(value: AnyMessage, name: string): Chunk | undefined {
  return lazyBlobOf(value) ?? (value[name] as Uint8Array | undefined);
}

function isReferenced(blob: Chunk): boolean {
  return !(blob instanceof Uint8Array) || blob.length >= REFERENCE_BYTES;
}

function packedSize(kind: PackedKind, list: PackedArray): number {
  if (kind === "packed float" || kind === "packed double") return list.byteLength;
  let size = 0;
  if (list instanceof Int32Array) for (const x of list) size += x < 0 ? 10 : varintSize(x);
  else {
    const words = new Int32Array(list.buffer, list.byteOffset, 2 * list.length);
    for (let i = 0; i < words.length; i += 2) size += wordsSize(words[i]!, words[i + 1]!);
  }
  return size;
}

function writePacked(writer: Writer, kind: PackedKind, list: PackedArray): void {
  if (kind === "packed float" || kind === "packed double")
    writer.copy(new Uint8Array(list.buffer, list.byteOffset, list.byteLength));
  else if (list instanceof Int32Array) for (const x of list) writer.varint64(x, x >> 31);
  else {
    const words = new Int32Array(list.buffer, list.byteOffset, 2 * list.length);
    for (let i = 0; i < words.length; i += 2) writer.varint64(words[i]!, words[i + 1]!);
  }
}
