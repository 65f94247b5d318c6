/** Contents that are read when they are wanted. Every call of `read` reads anew. */
export interface LazyBlob {
  readonly length: number;
  read(): Uint8Array;
}

/** What a reader reads from when the bytes do not lie in memory whole: a file, for instance. */
export interface ByteSource {
  readonly size: number;
  /** Blobs at least this long are asked for by {@link ByteSource.blob}; shorter ones are copied out of the window. */
  readonly blobThreshold: number;
  /** Fill the target from an offset on. */
  read(target: Uint8Array, offset: number): void;
  /** The contents of a long blob: bytes that need not be filled before decoding is over, or lazy ones. */
  blob(offset: number, length: number): Uint8Array | LazyBlob;
}

const lazyBlobs = /* @__PURE__ */ new WeakMap<object, LazyBlob>();

/** Give a message its blob; a lazy one becomes a property whose every use reads it anew. */
export function defineBlob(message: object, name: string, blob: Uint8Array | LazyBlob): void {
  const lazy = blob instanceof Uint8Array ? undefined : blob;
  if (lazy === undefined) lazyBlobs.delete(message);
  else lazyBlobs.set(message, lazy);
  Object.defineProperty(message, name, {
    enumerable: true,
    configurable: true,
    ...(lazy === undefined ? { value: blob, writable: true } : { get: () => lazy.read() }),
  });
}

/** The lazy blob of a message, for those who want its length without reading it; at most one per message. */
export function lazyBlobOf(message: object): LazyBlob | undefined {
  return lazyBlobs.get(message);
}
