import { open, type FileHandle } from "node:fs/promises";
import { MattelierError, messageOf, throwIfAborted } from "../util/index.js";

export interface ReadLimits {
  /** Most bytes that are read; 1 GiB by default. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

export const DEFAULT_MAX_BYTES = 2 ** 30;

/**
 * A file's bytes. Devices and pipes are read too, up to the limit.
 * @throws MattelierError `not-found`, `unreadable` (a folder, no permission ...), `too-large`, `aborted`
 */
export async function readInput(path: string, { maxBytes, signal }: ReadLimits = {}): Promise<Uint8Array> {
  const limit = maxBytes ?? DEFAULT_MAX_BYTES;
  throwIfAborted(signal, path);
  let file: FileHandle | undefined;
  try {
    file = await open(path, "r");
    const stat = await file.stat();
    if (stat.isDirectory())
      throw unreadable(path, "a folder", "name the files in it, or the folder as input");
    if (stat.isFile()) {
      if (stat.size > limit) throw tooLarge(path, `${stat.size} bytes`, limit);
      return await file.readFile();
    }
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>) {
      throwIfAborted(signal, path);
      length += chunk.length;
      if (length > limit) throw tooLarge(path, `more than ${limit} bytes`, limit);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  } catch (error) {
    throw error instanceof MattelierError ? error : ofSystem(path, error);
  } finally {
    await file?.close();
  }
}

function ofSystem(path: string, error: unknown): MattelierError {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR":
      return new MattelierError({
        code: "not-found",
        where: path,
        expected: "a picture file",
        got: "no such file",
        fix: "check the name",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
      return unreadable(path, "no permission to read it", "change the file's permissions", error);
    case "EISDIR":
      return unreadable(path, "a folder", "name the files in it, or the folder as input", error);
    default:
      return unreadable(path, messageOf(error), undefined, error);
  }
}

function unreadable(path: string, got: string, fix?: string, cause?: unknown): MattelierError {
  return new MattelierError({
    code: "unreadable",
    where: path,
    expected: "a readable picture file",
    got,
    ...(fix === undefined ? {} : { fix }),
    cause,
  });
}

function tooLarge(path: string, got: string, limit: number): MattelierError {
  return new MattelierError({
    code: "too-large",
    where: path,
    expected: `at most ${limit} bytes`,
    got,
    fix: "is it a picture? If so, raise the limit on bytes",
  });
}
