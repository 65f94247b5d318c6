import type { ByteSource, LazyBlob } from "./byte-source.js";

/** Bytes in memory behind the interface of a file, which counts what is read of it. */
export class MemorySource implements ByteSource {
  readonly size: number;
  readonly blobThreshold: number;
  readonly #bytes: Uint8Array;
  readonly #lazy: boolean;
  bytesRead = 0;

  constructor(bytes: Uint8Array, { blobThreshold = 1 << 12, lazy = false } = {}) {
    this.#bytes = bytes;
    this.size = bytes.length;
    this.blobThreshold = blobThreshold;
    this.#lazy = lazy;
  }

  read(target: Uint8Array, offset: number): void {
    target.set(this.#bytes.subarray(offset, offset + target.length));
    this.bytesRead += target.length;
  }

  blob(offset: number, length: number): Uint8Array | LazyBlob {
    const read = (): Uint8Array => {
      this.bytesRead += length;
      return this.#bytes.slice(offset, offset + length);
    };
    return this.#lazy ? { length, read } : read();
  }
}
