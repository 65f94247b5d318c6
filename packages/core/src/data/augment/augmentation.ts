import type * as z from "zod";
import type { Rng } from "../../util/index.js";
import type { LabelledImage } from "../labelled-image.js";
import type { ColourMap } from "./colour-map.js";
import type { Homography } from "./homography.js";
import type { Displacement } from "./warp.js";

export interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** One step of geometry: the size that results, and where each of its pixels lies in what was before. */
export interface GeometryStep {
  readonly size: Size;
  readonly backward: Homography;
  readonly displacement?: Displacement;
}

/** Other pictures of the sets, for augmentations that mix: drawn at random, by the sample's own stream. */
export interface Others {
  /** A labelled picture. */
  labelled(): Promise<LabelledImage>;
  /** @throws MattelierError `invalid-config` when there are no background photos */
  background(): Promise<LabelledImage>;
}

/**
 * One way to vary a training picture. Geometry moves picture and matte alike and composes with its neighbours into one
 * resampling; tone maps colours and composes with its neighbours into one pass; colour changes the picture alone, in
 * place; mixing takes from another picture.
 */
export type Augmentation<C> = {
  /** Its name in a configuration. */
  readonly name: string;
  /** What a line of help says of it. */
  readonly summary: string;
  readonly schema: z.ZodType<C>;
} & (
  | { readonly kind: "geometry"; plan(config: C, size: Size, rng: Rng): GeometryStep }
  | {
      readonly kind: "tone";
      /** @param mean the picture's mean colour as it stands */
      map(config: C, mean: () => readonly [number, number, number], rng: Rng): ColourMap;
    }
  | {
      readonly kind: "colour";
      recolour(config: C, rgbU8: Uint8Array, size: Size, rng: Rng): void | Promise<void>;
    }
  | {
      readonly kind: "mix";
      /** Whether it takes background photos; left out where it never does. */
      needsBackgrounds?(config: C): boolean;
      mix(config: C, image: LabelledImage, rng: Rng, others: Others): Promise<LabelledImage>;
    }
);

/**
 * Checks a definition, then forgets the type of its settings: `schema` is what makes them, so whoever parses with
 * it may pass the result on.
 */
export function augmentation<C>(definition: Augmentation<C>): Augmentation<unknown> {
  return definition;
}
