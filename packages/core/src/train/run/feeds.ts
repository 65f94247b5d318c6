import type { LoadedBatch } from "../../data/index.js";
import { tensorFrom, type TensorData } from "../../util/index.js";
import type { ResolvedConfig } from "./config/resolve-config.js";
import { readsTrimap } from "./objective.js";

/** Lays loaded batches of squares of one side out as the run's graphs take them. */
export class BatchFeeds {
  readonly #config: ResolvedConfig;
  readonly #sizePx: number;
  readonly #withTrimap: boolean;

  /** @param sizePx side of the squares. Default: the training's */
  constructor(config: ResolvedConfig, sizePx = config.sizePx) {
    this.#config = config;
    this.#sizePx = sizePx;
    this.#withTrimap = readsTrimap(config.definition, config);
  }

  /** A whole batch with its masks. */
  labelled(batch: LoadedBatch): Record<string, TensorData> {
    return this.#labelled(batch, 0, this.#config.batch);
  }

  /** One picture of a batch. */
  labelledOne(batch: LoadedBatch, index: number): Record<string, TensorData> {
    return this.#labelled(batch, index, 1);
  }

  /** What the network reads of a whole batch. */
  input({ images, mattes }: LoadedBatch): TensorData {
    const { batch, definition } = this.#config;
    // A network of one channel learns from masks themselves.
    return definition.channels === 1 ? this.#planes(mattes, 1, 0, batch) : this.#planes(images, 3, 0, batch);
  }

  image(images: Float32Array, count: number): TensorData {
    return this.#planes(images, 3, 0, count);
  }

  #labelled(
    { images, mattes, trimaps }: LoadedBatch,
    first: number,
    count: number,
  ): Record<string, TensorData> {
    const target = this.#planes(mattes, 1, first, count);
    const reads = this.#config.definition.channels ?? 3;
    return {
      // A network of one channel learns from masks themselves.
      image: reads === 1 ? target : this.#planes(images, 3, first, count),
      target,
      ...(this.#withTrimap ? { trimap: this.#planes(trimaps!, 1, first, count) } : {}),
    };
  }

  #planes(data: Float32Array, depth: number, first: number, count: number): TensorData {
    const sizePx = this.#sizePx;
    const size = depth * sizePx * sizePx;
    const part = data.subarray(first * size, (first + count) * size) as Float32Array<ArrayBuffer>;
    return { dtype: "float32", shape: [count, depth, sizePx, sizePx], data: part };
  }
}

export const scalarFeed = (value: number): TensorData => tensorFrom("float32", [], [value]);
