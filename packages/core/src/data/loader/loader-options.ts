import type { AugmentationEntry, Size } from "../augment/index.js";
import type { SamplePool } from "../pool.js";

/** How bytes become the network's numbers: `x = (byte/scale − mean)/std`, a channel each. */
export interface Normalisation {
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** What every thread that fills batches needs to know; plain data. */
export interface BatchRecipe {
  readonly pool: SamplePool;
  /** Width and height of every picture of a batch; whatever the augmentations leave is stretched to it. */
  readonly sizePx: Size;
  readonly batch: number;
  readonly normalise: Normalisation;
  /** Default none. */
  readonly augment?: readonly AugmentationEntry[];
  /**
   * A second view of each picture for consistency training: these augmentations, which may change colours only, on top
   * of the first view.
   */
  readonly strongAugment?: readonly AugmentationEntry[];
  /** Half the width of a trimap's band in pixels, drawn from a closed range for each picture; none by default. */
  readonly trimapBandPx?: readonly [low: number, high: number];
  /** Everything random follows from it. */
  readonly seed: number;
  /**
   * `train`: shuffled epochs of whole batches; a broken file's place is taken by another sample. `evaluate`: every
   * sample once in order, the last batch as full as it gets; a broken file is left out.
   */
  readonly mode: "train" | "evaluate";
  /** Whether a file that cannot be used is skipped and counted, or ends the loading; "skip" by default. */
  readonly onBroken?: "skip" | "stop";
  /**
   * Large files are decoded at a half, quarter or eighth while their short side stays at least this; by default twice
   * the longer side of `sizePx`, which leaves a crop of half the short side as sharp as it was.
   */
  readonly minShortSidePx?: number;
}

/** Where a loader is: the batch that comes next. Epochs count from 0, batches within them too. */
export interface LoaderPosition {
  readonly epoch: number;
  readonly index: number;
}

export interface LoaderOptions extends BatchRecipe {
  /** Threads; 0 works in the calling one. 1 by default. */
  readonly workers?: number;
  /** Batches made ahead, one at least; 3 by default. */
  readonly prefetch?: number;
  /** Keep decoded pictures up to so many bytes, shared by all threads; 0 by default. */
  readonly cacheBytes?: number;
  readonly start?: LoaderPosition;
  readonly signal?: AbortSignal;
}

/** A file that could not be used. */
export interface BrokenFile {
  readonly name: string;
  readonly reason: string;
}

/** Arrays of their own, not shared: ONNX Runtime takes them as they are. */
export interface LoadedBatch extends LoaderPosition {
  /**
   * Samples in it. An evaluation's batches may have fewer than the batch's size, even none: the last, and those with broken
   * files. The rest of the arrays is zeros then.
   */
  readonly count: number;
  readonly names: readonly string[];
  /** Whether each has a mask; the mattes of others are zeros. */
  readonly labelled: readonly boolean[];
  /** Normalised, [N,3,H,W]. */
  readonly images: Float32Array<ArrayBuffer>;
  /** [N,1,H,W] in [0, 1]. */
  readonly mattes: Float32Array<ArrayBuffer>;
  /** The second view, [N,3,H,W], if the recipe has one. */
  readonly strongImages?: Float32Array<ArrayBuffer>;
  /** 0 background, 0.5 unknown, 1 subject, [N,1,H,W], if the recipe asks for it. */
  readonly trimaps?: Float32Array<ArrayBuffer>;
}
