import type { Tensor } from "../../graph/index.js";
import { ones, zeros } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

/** Group normalisation (Wu & He 2018, arXiv:1803.08494; PyTorch's `GroupNorm`). [N,C,H,W] → the same */
export class GroupNorm extends Module {
  readonly weight: Parameter; // [C]
  readonly bias: Parameter; // [C]
  readonly #groups: number;
  readonly #eps: number;

  constructor(groups: number, channels: number, { eps = 1e-5 }: { readonly eps?: number } = {}) {
    super();
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.#groups = groups;
    this.#eps = eps;
  }

  forward(x: Tensor): Tensor {
    return x.op("GroupNormalization", [this.weight, this.bias], {
      num_groups: this.#groups,
      epsilon: this.#eps,
    });
  }
}

/** @param groups into which the channels are divided */
export const groupNorm = (groups: number, channels: number, options?: { readonly eps?: number }): GroupNorm =>
  new GroupNorm(groups, channels, options);
