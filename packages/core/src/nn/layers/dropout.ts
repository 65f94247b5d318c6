import type { Tensor } from "../../graph/index.js";
import { sizeOf, type Rng } from "../../util/index.js";
import { Module } from "../module.js";
import { contextOf } from "../parameter.js";

/** What is dropped together: each element, each channel of each picture, or the whole picture. */
export type DropoutUnit = "element" | "channel" | "sample";

/**
 * Dropout (Srivastava 2014): in training, zero with probability `rate`, else 1/(1 - rate) times as much; nothing in
 * evaluation. `channel` is PyTorch's `Dropout2d`; `sample` is stochastic depth (Huang 2016, arXiv:1603.09382), for
 * the branch of a residual block. [N,...] → the same
 */
export class Dropout extends Module {
  readonly #rate: number;
  readonly #unit: DropoutUnit;

  constructor(rate: number, unit: DropoutUnit) {
    super();
    this.#rate = rate;
    this.#unit = unit;
  }

  forward(x: Tensor): Tensor {
    const context = contextOf(x.b);
    if (!context.training || this.#rate === 0) return x;
    const together = { element: x.rank, channel: 2, sample: 1 }[this.#unit];
    const shape = Array.from({ length: x.rank }, (_, axis) => (axis < together ? x.size(axis) : 1));
    return x.mul(context.keepMask(x, shape, 1 - this.#rate));
  }
}

/** A mask for a run: 1/keep with probability `keep`, else 0. */
export function drawKeepMask(shape: readonly number[], keep: number, rng: Rng): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(sizeOf(shape));
  const kept = 1 / keep;
  for (let i = 0; i < mask.length; i++) if (rng.uniform() < keep) mask[i] = kept;
  return mask;
}

export const dropout = (rate: number, { unit = "element" }: { readonly unit?: DropoutUnit } = {}): Dropout =>
  new Dropout(rate, unit);

/** Stochastic depth: drop the whole branch, picture by picture. */
export const dropPath = (rate: number): Dropout => new Dropout(rate, "sample");
