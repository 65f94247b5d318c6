import type { Tensor } from "../../graph/index.js";
import { defaultBias, defaultWeight, type Initialiser } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

export interface LinearOptions {
  /** Default true. */
  readonly bias?: boolean | undefined;
  /** Default: PyTorch's. */
  readonly init?: { readonly weight?: Initialiser; readonly bias?: Initialiser } | undefined;
}

/** x·weightᵀ + bias on the last axis (PyTorch's `Linear`). [..., in] → [..., out] */
export class Linear extends Module {
  readonly weight: Parameter; // [out, in]
  readonly bias: Parameter | undefined; // [out]

  constructor(inputs: number, outputs: number, { bias = true, init = {} }: LinearOptions = {}) {
    super();
    const shape = [outputs, inputs];
    this.weight = new Parameter(shape, init.weight ?? defaultWeight);
    this.bias = bias ? new Parameter([outputs], init.bias ?? defaultBias(shape)) : undefined;
  }

  forward(x: Tensor): Tensor {
    const product = x.matmul(this.weight.in(x.b).transpose([1, 0]));
    return this.bias === undefined ? product : product.add(this.bias);
  }
}

export const linear = (inputs: number, outputs: number, options?: LinearOptions): Linear =>
  new Linear(inputs, outputs, options);
