import type { Tensor } from "../../graph/index.js";
import { tensorFrom } from "../../util/index.js";
import { ones, zeros } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

export interface InstanceNormOptions {
  /** Default 1e-5. */
  readonly eps?: number | undefined;
  /** Learn a scale and a shift per channel. Default false. */
  readonly affine?: boolean | undefined;
}

/**
 * Instance normalisation (Ulyanov 2016, arXiv:1607.08022; PyTorch's `InstanceNorm2d`): each channel of each picture
 * by its own mean and variance, in training and evaluation alike. [N,C,H,W] → the same
 */
export class InstanceNorm extends Module {
  readonly weight: Parameter | undefined; // [C]
  readonly bias: Parameter | undefined; // [C]
  readonly #channels: number;
  readonly #eps: number;

  constructor(channels: number, { eps = 1e-5, affine = false }: InstanceNormOptions = {}) {
    super();
    this.weight = affine ? new Parameter([channels], ones) : undefined;
    this.bias = affine ? new Parameter([channels], zeros) : undefined;
    this.#channels = channels;
    this.#eps = eps;
  }

  forward(x: Tensor): Tensor {
    const filled = (value: number): Tensor => {
      const vector = new Float32Array(this.#channels).fill(value);
      return x.constant(tensorFrom("float32", [this.#channels], vector), "affine").cast(x.dtype);
    };
    return x.op("InstanceNormalization", [this.weight ?? filled(1), this.bias ?? filled(0)], {
      epsilon: this.#eps,
    });
  }
}

export const instanceNorm = (channels: number, options?: InstanceNormOptions): InstanceNorm =>
  new InstanceNorm(channels, options);
