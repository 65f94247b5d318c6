import { createRng, MattelierError, type Rng } from "../../util/index.js";
import { createPipeline, drawTrimap, type AugmentationPipeline } from "../augment/index.js";
import type { LabelledImage } from "../labelled-image.js";
import type { BatchViews } from "./batch-memory.js";
import type { BatchRecipe, BrokenFile } from "./loader-options.js";
import { firstReadable } from "./first-readable.js";
import { createNormaliser, writeMatte } from "./normalise.js";
import type { PictureCache } from "./picture-cache.js";
import { SampleReader } from "./sample-reader.js";

/** One place of a batch to fill. */
export interface Place {
  readonly epoch: number;
  /** In the epoch. */
  readonly position: number;
  /** In the batch. */
  readonly place: number;
  /** Which sample. */
  readonly index: number;
}

export interface Filled {
  readonly place: number;
  /** Undefined where an evaluation leaves a broken file out. */
  readonly name: string | undefined;
  readonly labelled: boolean;
  readonly broken: readonly BrokenFile[];
}

/**
 * Fills places of batches. What it writes depends on the recipe, the epoch and the position alone: not on threads, nor
 * on what was filled before.
 */
export class BatchFiller {
  readonly #recipe: BatchRecipe;
  readonly #reader: SampleReader;
  readonly #augment: AugmentationPipeline;
  readonly #strong: AugmentationPipeline | undefined;
  readonly #normalise: ReturnType<typeof createNormaliser>;

  /** @throws MattelierError `unknown-name` or `invalid-config` for the augmentations */
  constructor(recipe: BatchRecipe, cache?: PictureCache) {
    const { sizePx, pool } = recipe;
    this.#recipe = recipe;
    this.#reader = new SampleReader(pool, {
      minShortSidePx: recipe.minShortSidePx ?? 2 * Math.max(sizePx.widthPx, sizePx.heightPx),
      cache,
    });
    this.#augment = createPipeline(recipe.augment ?? []);
    this.#reader.requireBackgroundsFor(this.#augment);
    this.#strong = recipe.strongAugment && colourOnly(createPipeline(recipe.strongAugment, "strongAugment"));
    this.#normalise = createNormaliser(recipe.normalise);
  }

  /** @throws MattelierError of a broken file when the recipe says to stop, or when replacements are broken too */
  async fill({ epoch, position, place, index }: Place, views: BatchViews): Promise<Filled> {
    const { pool, seed, mode, onBroken = "skip" } = this.#recipe;
    const rng = createRng(seed).fork(`sample:${epoch}:${position}`);
    const broken: BrokenFile[] = [];
    let chosen = index;
    return firstReadable<Filled>({
      where: "loader",
      draw: async (attempt) => {
        const image = await this.#view(chosen, rng.fork(`view:${attempt}`));
        await this.#write(image, place, rng, views);
        return { place, name: image.name, labelled: image.alphaU8 !== undefined, broken };
      },
      onBroken: ({ sample, message, cause }, attempt) => {
        if (onBroken === "stop") throw cause;
        broken.push({ name: sample, reason: message });
        // A broken picture that was to be mixed in leaves this sample as it is: the next attempt draws another.
        if (sample !== pool.samples[chosen]!.name) return undefined;
        if (mode === "evaluate") return { place, name: undefined, labelled: false, broken };
        chosen = rng.fork(`replacement:${attempt}`).integer(pool.samples.length);
        return undefined;
      },
    });
  }

  async #view(index: number, rng: Rng): Promise<LabelledImage> {
    const image = await this.#reader.sample(index, rng.fork("compose"));
    const others = this.#reader.others(rng.fork("others"));
    return this.#augment.run(image, rng.fork("augment"), others, this.#recipe.sizePx);
  }

  async #write(image: LabelledImage, place: number, rng: Rng, views: BatchViews): Promise<void> {
    const { widthPx, heightPx, alphaU8 } = image;
    const pixels = widthPx * heightPx;
    this.#normalise(image.rgbU8, views.images, 3 * pixels * place);
    writeMatte(alphaU8, views.mattes, pixels * place, pixels);
    if (this.#strong !== undefined) {
      const strong = await this.#strong.run(image, rng.fork("strong"), this.#reader.others(rng));
      this.#normalise(strong.rgbU8, views.strongImages!, 3 * pixels * place);
    }
    if (this.#recipe.trimapBandPx !== undefined) {
      const bytes = drawTrimap(image, this.#recipe.trimapBandPx, rng.fork("trimap"));
      // 128 means unknown: exactly a half.
      const [to, from] = [views.trimaps!, pixels * place];
      for (let p = 0; p < pixels; p++) to[from + p] = bytes?.[p] === 255 ? 1 : bytes?.[p] === 0 ? 0 : 0.5;
    }
  }
}

function colourOnly(pipeline: AugmentationPipeline): AugmentationPipeline {
  const other = pipeline.kinds.findIndex((kind) => kind !== "colour" && kind !== "tone");
  if (other < 0) return pipeline;
  throw new MattelierError({
    code: "invalid-config",
    where: `strongAugment[${other}]`,
    expected: "augmentations that change colours alone, since both views share one matte",
    got: `one of ${pipeline.kinds[other] === "geometry" ? "geometry" : "mixing"}`,
    fix: "move it to augment.",
  });
}
