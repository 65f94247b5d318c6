import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { replaceFile } from "../files/replace-file.js";
import { MattelierError } from "../util/errors.js";
import { lazyBlobOf } from "./byte-source.js";
import { placeOutside } from "./external-data.js";
import { FileSource } from "./file-source.js";
import { planMetadata } from "./metadata.js";
import { encodeModelChunks } from "./model.js";
import { LOCATION_EXTERNAL, type ModelProto, type TensorProto } from "./schema.js";
import { rawBytesOf } from "./tensor.js";
import type { Chunk } from "./writer.js";

export interface WriteModelOptions {
  /** Put large initialisers into a file beside the model. Needed beyond 2 GB, which is all that protobuf can hold. */
  readonly externalData?: {
    /** Name of that file; the model's name with `.data` when left out. */
    readonly file?: string;
    /** Initialisers of at least so many bytes go there; 1024 when left out. */
    readonly thresholdBytes?: number;
  };
}

/** Offsets of long tensors are multiples of a page, so that they can be mapped; of short ones, of a cache line. */
const PAGE = 4096;
const LINE = 64;
const LONG = 1 << 20;

/**
 * Write a model: to a temporary file first, which then takes the place of whatever was there. A file of weights beside
 * it is put in place before the model is.
 *
 * @throws MattelierError `unwritable`; `too-large` beyond 2 GB inline; `invalid-argument` when weights of the model
 *   were left in a file of their own, or the name given for one is a path
 */
export async function writeModelFile(
  path: string,
  model: ModelProto,
  options: WriteModelOptions = {},
): Promise<void> {
  const { externalData } = options;
  const side =
    externalData && new SideFile(externalData.file ?? `${basename(path)}.data`, externalData.thresholdBytes);
  const chunks = encodeModelChunks(model, {
    what: path,
    replace: (field, message) => {
      if (field.name !== "initializer") return message;
      const tensor = message as TensorProto;
      if (tensor.dataLocation === LOCATION_EXTERNAL) throw leftOutside(path, tensor);
      return side?.take(tensor) ?? tensor;
    },
  });
  if (side !== undefined && side.size > 0)
    await replaceFile(join(dirname(path), side.name), (handle) => writeChunks(handle, side.chunks()));
  await replaceFile(path, (handle) => writeChunks(handle, chunks));
}

/**
 * Replace the metadata properties of a model in a file (all of them), or write such a copy to `target`. The rest is
 * copied as it is.
 *
 * @throws MattelierError `not-found`, `unreadable`, `unwritable`, `invalid-model`
 */
export async function setModelFileMetadata(
  path: string,
  metadata: Readonly<Record<string, string>>,
  target: string = path,
): Promise<void> {
  await FileSource.with(path, false, async (source) => {
    const pieces = planMetadata(source, metadata, path);
    await replaceFile(target, async (handle) => {
      const window = new Uint8Array(1 << 22);
      for (const piece of pieces) {
        if (piece instanceof Uint8Array) await writeFully(handle, [piece]);
        else
          for (let at = piece.start; at < piece.end; at += window.length) {
            const bytes = window.subarray(0, Math.min(window.length, piece.end - at));
            source.read(bytes, at);
            await writeFully(handle, [bytes]);
          }
      }
    });
  });
}

/** The file of weights beside a model: where each tensor goes. */
class SideFile {
  readonly name: string;
  readonly #threshold: number;
  readonly #moved = new Map<TensorProto, TensorProto>();
  readonly #chunks: Chunk[] = [];
  size = 0;

  constructor(name: string, threshold = 1024) {
    if (name === "" || /[/\\\0]/.test(name) || name === "." || name === "..")
      throw new MattelierError({
        code: "invalid-argument",
        where: "writeModelFile",
        expected: "a file name for the external data, in the model's folder",
        got: JSON.stringify(name),
      });
    this.name = name;
    this.#threshold = threshold;
  }

  chunks(): readonly Chunk[] {
    return this.#chunks;
  }

  /** The tensor as it is to be written into the model. */
  take(tensor: TensorProto): TensorProto {
    let moved = this.#moved.get(tensor);
    if (moved === undefined) {
      moved = this.#move(tensor, lazyBlobOf(tensor) ?? rawBytesOf(tensor));
      this.#moved.set(tensor, moved);
    }
    return moved;
  }

  #move(tensor: TensorProto, blob: Chunk | undefined): TensorProto {
    if (blob === undefined || blob.length < this.#threshold || blob.length === 0) return tensor;
    const alignment = blob.length >= LONG ? PAGE : LINE;
    const offset = Math.ceil(this.size / alignment) * alignment;
    if (offset > this.size) this.#chunks.push(new Uint8Array(offset - this.size));
    this.#chunks.push(blob);
    this.size = offset + blob.length;
    return placeOutside(tensor, { location: this.name, offset, length: blob.length });
  }
}

const leftOutside = (path: string, tensor: TensorProto): MattelierError =>
  new MattelierError({
    code: "invalid-argument",
    where: `writing ${path}`,
    expected: "a model whose weights are in memory",
    got: `${tensor.name ?? "a tensor"}, left in a file of its own`,
    fix: "read the model with readModelFile, or resolveExternalData first",
  });

/** Pieces go out together, many at a time; lazy ones are read one by one, so that no more than one is in memory. */
async function writeChunks(handle: FileHandle, chunks: readonly Chunk[]): Promise<void> {
  let batch: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (chunk instanceof Uint8Array) {
      batch.push(chunk);
      continue;
    }
    batch.push(chunk.read());
    await writeFully(handle, batch);
    batch = [];
  }
  await writeFully(handle, batch);
}

async function writeFully(handle: FileHandle, pieces: Uint8Array[]): Promise<void> {
  for (let first = 0; first < pieces.length;) {
    let { bytesWritten } = await handle.writev(pieces.slice(first, first + 512));
    while (first < pieces.length && bytesWritten >= pieces[first]!.length)
      bytesWritten -= pieces[first++]!.length;
    if (bytesWritten > 0) pieces[first] = pieces[first]!.subarray(bytesWritten);
  }
}
