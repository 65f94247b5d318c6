import { MattelierError } from "../../util/index.js";
import type { BatchRecipe, LoaderPosition } from "./loader-options.js";
import { epochLength, epochOrder, plainOrder } from "./order.js";

/** Which samples make up which batch of which epoch. */
export class BatchPlan {
  readonly batchesPerEpoch: number;
  readonly samplesPerEpoch: number;
  readonly #recipe: BatchRecipe;
  #order: { readonly epoch: number; readonly indices: Uint32Array } | undefined;

  /** @throws MattelierError `invalid-config` when training has not one whole batch */
  constructor(recipe: BatchRecipe) {
    const { pool, batch, mode } = recipe;
    this.#recipe = recipe;
    this.samplesPerEpoch = mode === "train" ? epochLength(pool.parts) : pool.samples.length;
    const batches = this.samplesPerEpoch / batch;
    this.batchesPerEpoch = mode === "train" ? Math.floor(batches) : Math.ceil(batches);
    if (this.batchesPerEpoch < 1)
      throw new MattelierError({
        code: "invalid-config",
        where: "batch",
        expected: `at most the ${this.samplesPerEpoch} samples of an epoch`,
        got: String(batch),
        fix: "make the batch smaller, or raise the set's weight so that its samples come more than once.",
      });
  }

  /** Samples of a batch by place. */
  indices({ epoch, index }: LoaderPosition): Uint32Array {
    const { pool, seed, mode, batch } = this.#recipe;
    if (this.#order?.epoch !== epoch)
      this.#order = {
        epoch,
        indices: mode === "train" ? epochOrder(pool.parts, seed, epoch) : plainOrder(pool.parts),
      };
    return this.#order.indices.slice(index * batch, (index + 1) * batch);
  }

  /** The position after one; an evaluation ends after its only epoch. */
  after({ epoch, index }: LoaderPosition): LoaderPosition {
    return index + 1 < this.batchesPerEpoch ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 };
  }
}
