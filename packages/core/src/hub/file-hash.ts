import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { fileError } from "../files/file-error.js";
import { throwIfAborted } from "../util/aborted.js";

export interface FileDigest {
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Bytes read at a time: large enough that SHA-256 is what takes the time. */
const BLOCK = 1 << 20;

/**
 * SHA-256 of a file, read in blocks of 1 MiB.
 * @throws MattelierError `not-found`, `unreadable`, `aborted`
 */
export async function digestOfFile(
  path: string,
  options: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {},
): Promise<FileDigest> {
  const { signal, onBytes } = options;
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const stream = createReadStream(path, { highWaterMark: BLOCK, ...(signal && { signal }) });
    for await (const block of stream as AsyncIterable<Buffer>) {
      hash.update(block);
      bytes += block.length;
      onBytes?.(block.length);
    }
  } catch (error) {
    throwIfAborted(signal, path);
    throw fileError(error, { where: path, doing: "reading" });
  }
  return { sha256: hash.digest("hex"), bytes };
}
