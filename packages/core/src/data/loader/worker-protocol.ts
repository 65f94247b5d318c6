import type { ErrorFacts } from "../../util/index.js";
import type { Filled } from "./batch-filler.js";
import type { BatchRecipe } from "./loader-options.js";
import type { CachedPicture } from "./picture-cache.js";

/** What a worker is given at its start. */
export interface WorkerStart {
  readonly recipe: BatchRecipe;
  /** One number: KiB of cache left. */
  readonly cacheLeft: SharedArrayBuffer;
  /** Memory of the batches that are in the making, by slot. */
  readonly slots: readonly SharedArrayBuffer[];
}

/** A batch to help with: each worker claims one place after another by adding to `claims`, until none is left. */
export interface BatchJob {
  readonly kind: "job";
  readonly id: number;
  readonly slot: number;
  readonly claims: SharedArrayBuffer;
  readonly epoch: number;
  /** Of the batch's first place, in the epoch. */
  readonly firstPosition: number;
  /** Samples by place. */
  readonly indices: Uint32Array;
}

export type ToWorker = BatchJob | { readonly kind: "cached"; readonly picture: CachedPicture };

export type FromWorker =
  | { readonly kind: "filled"; readonly job: number; readonly filled: Filled }
  | { readonly kind: "failed"; readonly job: number; readonly facts: ErrorFacts }
  | { readonly kind: "cached"; readonly picture: CachedPicture };
