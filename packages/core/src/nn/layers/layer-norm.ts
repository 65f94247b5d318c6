import type { Tensor } from "../../graph/index.js";
import { ones, zeros } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

/** Layer normalisation over the last axis (Ba 2016, arXiv:1607.06450; PyTorch's `LayerNorm`). [...,C] → the same */
export class LayerNorm extends Module {
  readonly weight: Parameter; // [C]
  readonly bias: Parameter; // [C]
  readonly #eps: number;

  constructor(channels: number, { eps = 1e-5 }: { readonly eps?: number } = {}) {
    super();
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.#eps = eps;
  }

  forward(x: Tensor): Tensor {
    return x.op("LayerNormalization", [this.weight, this.bias], { axis: -1, epsilon: this.#eps });
  }
}

export const layerNorm = (channels: number, options?: { readonly eps?: number }): LayerNorm =>
  new LayerNorm(channels, options);
