import type { Tensor } from "../../graph/index.js";
import { pair, sides, type Padding, type Size2 } from "../functional/size.js";
import { defaultBias, defaultWeight, type Initialiser } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";
import type { WindowAttributes } from "./conv.js";

export interface ConvTransposeOptions {
  /** Default 2. */
  readonly kernel?: Size2 | undefined;
  /** Default 2. */
  readonly stride?: Size2 | undefined;
  /** What a convolution with this padding would have lost. Default 0. */
  readonly padding?: Padding | undefined;
  /** Added at bottom and right. Default 0. */
  readonly outputPadding?: Size2 | undefined;
  /** Default 1. */
  readonly dilation?: Size2 | undefined;
  /** Default 1. */
  readonly groups?: number | undefined;
  /** Default true. */
  readonly bias?: boolean | undefined;
  /** Default: PyTorch's. */
  readonly init?: { readonly weight?: Initialiser; readonly bias?: Initialiser } | undefined;
}

/**
 * 2-D transposed convolution (PyTorch's `ConvTranspose2d`): the gradient of a convolution by its input.
 * [N,Cin,H,W] → [N,Cout,(H-1)·stride - top - bottom + dilation·(kernel-1) + outputPadding + 1, …]
 */
export class ConvTranspose extends Module {
  readonly weight: Parameter; // [Cin, Cout/groups, kh, kw]
  readonly bias: Parameter | undefined; // [Cout]
  readonly #window: WindowAttributes & { readonly output_padding: readonly number[] };

  constructor(inputs: number, outputs: number, options: ConvTransposeOptions = {}) {
    super();
    const { kernel = 2, stride = 2, padding = 0, outputPadding = 0 } = options;
    const { dilation = 1, groups = 1, bias = true, init = {} } = options;
    const shape = [inputs, outputs / groups, ...pair(kernel)];
    this.weight = new Parameter(shape, init.weight ?? defaultWeight);
    this.bias = bias ? new Parameter([outputs], init.bias ?? defaultBias(shape)) : undefined;
    this.#window = {
      kernel_shape: pair(kernel),
      strides: pair(stride),
      dilations: pair(dilation),
      pads: sides(padding),
      output_padding: pair(outputPadding),
      group: groups,
    };
  }

  forward(x: Tensor): Tensor {
    const inputs = [this.weight, ...(this.bias === undefined ? [] : [this.bias])];
    return x.op("ConvTranspose", inputs, this.#window);
  }
}

/** A transposed convolution layer; doubles height and width unless told otherwise. */
export const convTranspose = (
  inputs: number,
  outputs: number,
  options?: ConvTransposeOptions,
): ConvTranspose => new ConvTranspose(inputs, outputs, options);
