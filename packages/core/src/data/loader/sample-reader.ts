import { MattelierError, type ErrorCode, type Rng } from "../../util/index.js";
import type { AugmentationPipeline, Others } from "../augment/index.js";
import { composeCutout } from "../compose.js";
import type { LabelledImage } from "../labelled-image.js";
import type { SamplePool } from "../pool.js";
import { readPhoto, readSample } from "../read-sample.js";
import type { PictureCache } from "./picture-cache.js";

/** A sample or background whose file cannot be used; the cause is what decoding threw. */
export class BrokenSample extends Error {
  readonly sample: string;
  override readonly cause: MattelierError;

  constructor(sample: string, cause: MattelierError) {
    super(cause.message);
    this.sample = sample;
    this.cause = cause;
  }
}

/** Errors that one file is to blame for; any other would come with every file. */
const OF_FILES: ReadonlySet<string> = new Set<ErrorCode>([
  "not-found",
  "unreadable",
  "invalid-image",
  "invalid-data",
  "too-large",
  "unsupported",
]);

/** Reads samples of a pool, cut-outs composed; decoded files may come from a cache. */
export class SampleReader {
  readonly #pool: SamplePool;
  readonly #minShortSidePx: number | undefined;
  readonly #cache: PictureCache | undefined;
  readonly #labelled: readonly number[];

  constructor(
    pool: SamplePool,
    options: { readonly minShortSidePx?: number | undefined; readonly cache?: PictureCache | undefined } = {},
  ) {
    this.#pool = pool;
    this.#minShortSidePx = options.minShortSidePx;
    this.#cache = options.cache;
    this.#labelled = pool.samples.flatMap(({ kind }, i) => (kind === "unlabelled" ? [] : [i]));
  }

  /**
   * @param rng decides what a cut-out is composed on, and how
   * @throws BrokenSample
   */
  async sample(index: number, rng: Rng): Promise<LabelledImage> {
    const sample = this.#pool.samples[index]!;
    const image = await this.#cached(sample.name, `sample:${index}`, (options) =>
      readSample(sample, options),
    );
    if (sample.kind !== "cutout") return image;
    const background = await this.#background(rng);
    return composeCutout(image, background, rng, {
      framing: sample.maskPath === undefined ? "free" : "own",
    });
  }

  /** Draws for augmentations that mix pictures; undefined for a pool without masks, where there is nothing to mix. */
  others(rng: Rng): Others | undefined {
    if (this.#labelled.length === 0) return undefined;
    return {
      labelled: () => this.sample(this.#labelled[rng.integer(this.#labelled.length)]!, rng),
      background: () => this.#background(rng),
    };
  }

  /** @throws MattelierError `invalid-config` for augmentations that take background photos where there are none */
  requireBackgroundsFor({ needsBackgrounds }: AugmentationPipeline): void {
    if (needsBackgrounds && this.#labelled.length > 0 && this.#pool.backgrounds.length === 0)
      throw noBackgrounds();
  }

  async #background(rng: Rng): Promise<LabelledImage> {
    const { backgrounds } = this.#pool;
    if (backgrounds.length === 0) throw noBackgrounds();
    const path = backgrounds[rng.integer(backgrounds.length)]!;
    return this.#cached(path, `background:${path}`, (options) => readPhoto(path, options));
  }

  async #cached(
    name: string,
    key: string,
    read: (options: { readonly minShortSidePx: number | undefined }) => Promise<LabelledImage>,
  ): Promise<LabelledImage> {
    const found = this.#cache?.get(key);
    if (found !== undefined) return found;
    try {
      const image = await read({ minShortSidePx: this.#minShortSidePx });
      this.#cache?.offer(key, image);
      return image;
    } catch (error) {
      if (error instanceof MattelierError && OF_FILES.has(error.code)) throw new BrokenSample(name, error);
      throw error;
    }
  }
}

function noBackgrounds(): MattelierError {
  return new MattelierError({
    code: "invalid-config",
    where: "augment",
    expected: "photos to paste onto",
    got: "no backgrounds",
    fix: "name folders of photos under data.backgrounds, or leave background out of copy-paste",
  });
}
