import type { Tensor } from "../../graph/index.js";
import { trainingBatchNorm } from "../../ops/normalisation/training-batch-norm.js";
import { tensorFrom } from "../../util/index.js";
import { ones, zeros } from "../init.js";
import { Module } from "../module.js";
import { contextOf, Parameter, StateBuffer } from "../parameter.js";

export interface BatchNormOptions {
  /** Default 1e-5. */
  readonly eps?: number | undefined;
  /** Weight of the newest batch in the running statistics. Default 0.1. */
  readonly momentum?: number | undefined;
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167; PyTorch's `BatchNorm2d`), any number of spatial
 * axes: (x - mean)/√(var + eps)·weight + bias per channel. By the batch's statistics in training, which the running
 * ones follow (the variance there over n - 1); by the running ones in evaluation. [N,C,...] → the same
 */
export class BatchNorm extends Module {
  readonly weight: Parameter; // [C]
  readonly bias: Parameter; // [C]
  readonly running_mean: StateBuffer; // [C]
  readonly running_var: StateBuffer; // [C]
  readonly num_batches_tracked: StateBuffer; // []
  readonly #eps: number;
  readonly #momentum: number;

  constructor(channels: number, { eps = 1e-5, momentum = 0.1 }: BatchNormOptions = {}) {
    super();
    const filled = (value: number): StateBuffer =>
      new StateBuffer("average", tensorFrom("float32", [channels], new Float32Array(channels).fill(value)));
    this.weight = new Parameter([channels], ones);
    this.bias = new Parameter([channels], zeros);
    this.running_mean = filled(0);
    this.running_var = filled(1);
    this.num_batches_tracked = new StateBuffer("counter", tensorFrom("int64", [], [0]));
    this.#eps = eps;
    this.#momentum = momentum;
  }

  forward(x: Tensor): Tensor {
    const context = contextOf(x.b);
    if (!context.training) {
      const inputs = [this.weight, this.bias, this.running_mean, this.running_var];
      return x.op("BatchNormalization", inputs, { epsilon: this.#eps });
    }
    const [weight, bias] = [this.weight.in(x.b), this.bias.in(x.b)];
    const { y, mean, variance } = trainingBatchNorm(x.b, [x.value, weight.value, bias.value], {
      epsilon: this.#eps,
    });
    const count = [0, ...[...x.shape.keys()].slice(2)].reduce((n, axis) => n * x.size(axis), 1);
    context.average(this.running_mean, x.of(mean), this.#momentum);
    const unbiased = x.of(variance).mul(count / Math.max(count - 1, 1));
    context.average(this.running_var, unbiased, this.#momentum);
    context.count(this.num_batches_tracked);
    return x.of(y);
  }
}

export const batchNorm = (channels: number, options?: BatchNormOptions): BatchNorm =>
  new BatchNorm(channels, options);
