// Models in files, for Node. Its own subpath (`@mattelier/core/onnx/file`), so that `onnx` itself bundles for browsers.

import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { MattelierError } from "../util/errors.js";
import { externalTensors, placeInside, type ExternalTensor } from "./external-data.js";
import { FileSource, systemError } from "./file-source.js";
import { scanMetadata } from "./metadata.js";
import { decodeModelFrom } from "./model.js";
import type { ModelProto } from "./schema.js";

export { setModelFileMetadata, writeModelFile, type WriteModelOptions } from "./file-write.js";

export interface ReadModelOptions {
  /**
   * Leave weights in their file until they are used, and read them anew at every use (`rawData` then is a getter):
   * for looking at a model, or rewriting one larger than memory. Checksums of external data are not looked at then.
   */
  readonly lazy?: boolean;
}

/**
 * Read a model. Weights that lie in files beside it come along, and are as if they had been inside; no part of a file
 * is read twice.
 *
 * @throws MattelierError `not-found`, `unreadable`; `invalid-model` with the byte's offset; `checksum-mismatch`
 */
export async function readModelFile(
  path: string,
  { lazy = false }: ReadModelOptions = {},
): Promise<ModelProto> {
  const model = await FileSource.with(path, lazy, async (source) => {
    const decoded = decodeModelFrom(source, path, source.head());
    await source.readBlobs();
    return decoded;
  });
  const outside = externalTensors(model);
  for (const location of new Set(outside.map((tensor) => tensor.location))) {
    const tensors = outside.filter((tensor) => tensor.location === location);
    await readExternal(path, location, tensors, lazy);
  }
  return model;
}

/**
 * The metadata properties of a model in a file. Reads the head and the tail of the file, never its weights.
 * @throws MattelierError `not-found`, `unreadable`, `invalid-model`
 */
export async function readModelFileMetadata(path: string): Promise<Record<string, string>> {
  return FileSource.with(path, false, (source) => scanMetadata(source, path));
}

async function readExternal(
  model: string,
  location: string,
  tensors: readonly ExternalTensor[],
  lazy: boolean,
): Promise<void> {
  const path = await pathInside(model, location);
  await FileSource.with(path, lazy, async (source) => {
    for (const { tensor, offset, length } of tensors) {
      if (offset + length > source.size)
        throw new MattelierError({
          code: "invalid-model",
          where: `tensor ${tensor.name ?? ""} in ${path}`,
          expected: `bytes ${offset} to ${offset + length}`,
          got: `a file of ${source.size} bytes`,
        });
      placeInside(tensor, source.blob(offset, length));
    }
    const checksums = new Set(tensors.flatMap(({ checksum }) => checksum ?? []));
    if (lazy || checksums.size === 0) await source.readBlobs();
    else await readChecked(source, tensors, checksums);
  });
}

/** Read a whole file once, from front to back: fill the tensors, and compare the file's SHA-1. */
async function readChecked(
  source: FileSource,
  tensors: readonly ExternalTensor[],
  checksums: ReadonlySet<string>,
): Promise<void> {
  const hash = createHash("sha1");
  const window = new Uint8Array(1 << 22);
  for (let start = 0; start < source.size; start += window.length) {
    const bytes = window.subarray(0, Math.min(window.length, source.size - start));
    source.read(bytes, start);
    hash.update(bytes);
    for (const { tensor, offset, length } of tensors) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + bytes.length);
      if (from < to) tensor.rawData!.set(bytes.subarray(from - start, to - start), from - offset);
    }
    await new Promise(setImmediate);
  }
  const got = hash.digest("hex");
  for (const expected of checksums)
    if (expected !== got)
      throw new MattelierError({
        code: "checksum-mismatch",
        where: source.path,
        expected: `SHA-1 ${expected}, as the model says`,
        got,
        fix: "fetch the file again; it belongs to another version of the model, or is damaged",
      });
}

/** Links are followed only as far as they stay beside the model, or beside what the model itself is a link to. */
async function pathInside(model: string, location: string): Promise<string> {
  const path = join(dirname(model), location);
  try {
    const real = await realpath(path);
    for (const folder of [await realpath(dirname(model)), dirname(await realpath(model))])
      if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return path;
    throw new MattelierError({
      code: "invalid-model",
      where: model,
      expected: "external data inside the model's folder",
      got: `${location}, a link to ${real}`,
    });
  } catch (error) {
    throw systemError(path, error);
  }
}
