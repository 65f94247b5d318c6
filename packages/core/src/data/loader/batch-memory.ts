import type { BatchRecipe, LoadedBatch } from "./loader-options.js";

/** The arrays of a batch, over memory shared by threads. */
export interface BatchViews {
  readonly images: Float32Array;
  readonly mattes: Float32Array;
  readonly strongImages: Float32Array | undefined;
  readonly trimaps: Float32Array | undefined;
}

type Shape = Pick<BatchRecipe, "batch" | "sizePx" | "strongAugment" | "trimapBandPx">;

const pixelsOf = ({ sizePx }: Shape): number => sizePx.widthPx * sizePx.heightPx;

/** Bytes that a batch takes. */
export function batchBytes(recipe: Shape): number {
  const { strongAugment, trimapBandPx } = recipe;
  const planes = 4 + (strongAugment === undefined ? 0 : 3) + (trimapBandPx === undefined ? 0 : 1);
  return 4 * planes * recipe.batch * pixelsOf(recipe);
}

export function viewsOf(memory: SharedArrayBuffer, recipe: Shape): BatchViews {
  const plane = recipe.batch * pixelsOf(recipe);
  let at = 0;
  const take = (planes: number): Float32Array => {
    const view = new Float32Array(memory, at, planes * plane);
    at += view.byteLength;
    return view;
  };
  return {
    images: take(3),
    mattes: take(1),
    strongImages: recipe.strongAugment === undefined ? undefined : take(3),
    trimaps: recipe.trimapBandPx === undefined ? undefined : take(1),
  };
}

/**
 * Copy a batch out of shared memory, its filled places moved together in order.
 * @param filled which places hold a sample
 */
export function copyOut(
  views: BatchViews,
  filled: readonly number[],
  batch: number,
): Pick<LoadedBatch, "images" | "mattes" | "strongImages" | "trimaps"> {
  const copy = (from: Float32Array): Float32Array<ArrayBuffer> => {
    const to = new Float32Array(from.length);
    if (filled.length === batch) to.set(from);
    else {
      const length = from.length / batch;
      for (const [i, place] of filled.entries())
        to.set(from.subarray(place * length, (place + 1) * length), i * length);
    }
    return to;
  };
  const { images, mattes, strongImages, trimaps } = views;
  return {
    images: copy(images),
    mattes: copy(mattes),
    ...(strongImages === undefined ? {} : { strongImages: copy(strongImages) }),
    ...(trimaps === undefined ? {} : { trimaps: copy(trimaps) }),
  };
}
