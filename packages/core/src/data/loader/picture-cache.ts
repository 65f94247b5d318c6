import type { LabelledImage } from "../labelled-image.js";

/** A decoded picture in memory that all threads see: colours, then the matte if it has one. */
export interface CachedPicture {
  readonly key: string;
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly hasAlpha: boolean;
  readonly memory: SharedArrayBuffer;
}

/**
 * Decoded pictures, kept up to a number of bytes that all threads of a loader count down together. A thread that
 * decodes one first announces it, and the loader passes it on to the others.
 */
export class PictureCache {
  readonly #pictures = new Map<string, CachedPicture>();
  readonly #leftKiB: Int32Array;
  readonly #announce: (picture: CachedPicture) => void;

  /** @param leftKiB one number in shared memory: what may still be kept, in KiB */
  constructor(leftKiB: Int32Array, announce: (picture: CachedPicture) => void = () => undefined) {
    this.#leftKiB = leftKiB;
    this.#announce = announce;
  }

  get(key: string): LabelledImage | undefined {
    const found = this.#pictures.get(key);
    if (found === undefined) return undefined;
    const { name, widthPx, heightPx, hasAlpha, memory } = found;
    const pixels = widthPx * heightPx;
    return {
      name,
      widthPx,
      heightPx,
      rgbU8: new Uint8Array(memory, 0, 3 * pixels),
      alphaU8: hasAlpha ? new Uint8Array(memory, 3 * pixels, pixels) : undefined,
    };
  }

  /** Keep a picture if there is room. */
  offer(key: string, image: LabelledImage): void {
    const { name, widthPx, heightPx, rgbU8, alphaU8 } = image;
    const bytes = rgbU8.length + (alphaU8?.length ?? 0);
    const cost = costKiB(bytes);
    if (this.#pictures.has(key)) return;
    if (Atomics.sub(this.#leftKiB, 0, cost) < cost) {
      Atomics.add(this.#leftKiB, 0, cost);
      return;
    }
    const memory = new SharedArrayBuffer(bytes);
    new Uint8Array(memory).set(rgbU8);
    if (alphaU8 !== undefined) new Uint8Array(memory).set(alphaU8, rgbU8.length);
    const picture = { key, name, widthPx, heightPx, hasAlpha: alphaU8 !== undefined, memory };
    this.#pictures.set(key, picture);
    this.#announce(picture);
  }

  /** Take what another thread decoded, in place of an own copy; returns whether it is new here. */
  adopt(picture: CachedPicture): boolean {
    const isNew = !this.#pictures.has(picture.key);
    this.#pictures.set(picture.key, picture);
    return isNew;
  }

  /** Two threads decoded the same picture: the room of one is free again. */
  giveBack({ memory }: CachedPicture): void {
    Atomics.add(this.#leftKiB, 0, costKiB(memory.byteLength));
  }
}

const costKiB = (bytes: number): number => Math.ceil(bytes / 1024);
