import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { errnoOf, fileError } from "../files/file-error.js";
import { MattelierError } from "../util/errors.js";
import type { ByteSource, LazyBlob } from "./byte-source.js";

/** Shorter blobs are copied out of the reading window: a read of their own would cost more. */
const EAGER_THRESHOLD = 1 << 17;
const LAZY_THRESHOLD = 1 << 12;
/** Long blobs are read in pieces, several at a time. */
const PIECE = 1 << 23;
const READERS = 4;

interface Piece {
  readonly target: Uint8Array;
  readonly offset: number;
}

/**
 * A file to decode from. Long blobs are either noted and read together afterwards ({@link FileSource.readBlobs}),
 * straight into memory of their own, or left in the file until they are used.
 */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly blobThreshold: number;
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #stats: Stats;
  readonly #lazy: boolean;
  readonly #pieces: Piece[] = [];

  private constructor(path: string, handle: FileHandle, stats: Stats, lazy: boolean) {
    this.path = path;
    this.size = stats.size;
    this.#handle = handle;
    this.#stats = stats;
    this.#lazy = lazy;
    this.blobThreshold = lazy ? LAZY_THRESHOLD : EAGER_THRESHOLD;
  }

  /**
   * Open a file for the time of `use`.
   * @throws MattelierError `not-found`, `unreadable`
   */
  static async with<T>(path: string, lazy: boolean, use: (source: FileSource) => T | Promise<T>): Promise<T> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, "r");
      const stats = await handle.stat();
      if (!stats.isFile())
        throw unreadable(path, "a file", stats.isDirectory() ? "a folder" : "something else");
      return await use(new FileSource(path, handle, stats, lazy));
    } catch (error) {
      throw systemError(path, error);
    } finally {
      await handle?.close();
    }
  }

  /** The first bytes. */
  head(): Uint8Array {
    const head = new Uint8Array(Math.min(64, this.size));
    this.read(head, 0);
    return head;
  }

  read(target: Uint8Array, offset: number): void {
    readFully(this.path, this.#handle.fd, target, offset);
  }

  blob(offset: number, length: number): Uint8Array | LazyBlob {
    if (this.#lazy && length >= this.blobThreshold)
      return { length, read: () => readLater(this.path, this.#stats, offset, length) };
    const target = new Uint8Array(length);
    for (let at = 0; at < length; at += PIECE)
      this.#pieces.push({ target: target.subarray(at, at + PIECE), offset: offset + at });
    return target;
  }

  /** Fill the blobs handed out so far. */
  async readBlobs(): Promise<void> {
    const pieces = this.#pieces.splice(0).values();
    const reader = async (): Promise<void> => {
      for (const { target, offset } of pieces) {
        let done = 0;
        while (done < target.length) {
          const { bytesRead } = await this.#handle.read(target, done, target.length - done, offset + done);
          if (bytesRead === 0) throw shrunk(this.path, offset + done);
          done += bytesRead;
        }
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
  }
}

function readFully(path: string, fd: number, target: Uint8Array, offset: number): void {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(target.length - done, 2 ** 30);
    const count = readSync(fd, target, done, length, offset + done);
    if (count === 0) throw shrunk(path, offset + done);
    done += count;
  }
}

function readLater(path: string, then: Stats, offset: number, length: number): Uint8Array {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    const now = fstatSync(fd);
    if (now.ino !== then.ino || now.size !== then.size || now.mtimeMs !== then.mtimeMs)
      throw unreadable(path, "the file as it was when the model was opened", "a file changed since");
    const target = new Uint8Array(length);
    readFully(path, fd, target, offset);
    return target;
  } catch (error) {
    throw systemError(path, error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

const shrunk = (path: string, offset: number): MattelierError =>
  unreadable(path, "the file to stay as it is while it is read", `an end at byte ${offset}`);

const unreadable = (where: string, expected: string, got: string): MattelierError =>
  new MattelierError({ code: "unreadable", where, expected, got });

/** A failure of the file system as an error of ours; anything else as it is. */
export function systemError(path: string, error: unknown): unknown {
  return errnoOf(error) === undefined ? error : fileError(error, { where: path, doing: "reading" });
}
