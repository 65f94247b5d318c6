import type { Tensor } from "../../graph/index.js";
import { pair, sides, type Padding, type Size2 } from "../functional/size.js";
import { defaultBias, defaultWeight, type Initialiser } from "../init.js";
import { Module } from "../module.js";
import { Parameter } from "../parameter.js";

export interface ConvOptions {
  /** Default 3. */
  readonly kernel?: Size2 | undefined;
  /** Default 1. */
  readonly stride?: Size2 | undefined;
  /** Default: what keeps the size of an odd kernel at stride 1, dilation·(kernel - 1)/2. */
  readonly padding?: Padding | undefined;
  /** Default 1. */
  readonly dilation?: Size2 | undefined;
  /** Channels in so many separate groups; as many as channels is a depthwise convolution. Default 1. */
  readonly groups?: number | undefined;
  /** Default true. */
  readonly bias?: boolean | undefined;
  /** Default: PyTorch's. */
  readonly init?: { readonly weight?: Initialiser; readonly bias?: Initialiser } | undefined;
}

/** 2-D convolution (PyTorch's `Conv2d`). [N,Cin,H,W] → [N,Cout,H',W'] */
export class Conv extends Module {
  readonly weight: Parameter; // [Cout, Cin/groups, kh, kw]
  readonly bias: Parameter | undefined; // [Cout]
  readonly #window: WindowAttributes;

  constructor(inputs: number, outputs: number, options: ConvOptions = {}) {
    super();
    const { kernel = 3, groups = 1, bias = true, init = {} } = options;
    const shape = [outputs, inputs / groups, ...pair(kernel)];
    this.weight = new Parameter(shape, init.weight ?? defaultWeight);
    this.bias = bias ? new Parameter([outputs], init.bias ?? defaultBias(shape)) : undefined;
    this.#window = { ...windowAttributes({ ...options, kernel }), group: groups };
  }

  forward(x: Tensor): Tensor {
    return x.op("Conv", [this.weight, ...(this.bias === undefined ? [] : [this.bias])], this.#window);
  }
}

/** A convolution layer; 3x3 and size-keeping unless told otherwise. */
export const conv = (inputs: number, outputs: number, options?: ConvOptions): Conv =>
  new Conv(inputs, outputs, options);

export interface WindowAttributes {
  readonly kernel_shape: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

function windowAttributes(
  options: ConvOptions & { readonly kernel: Size2 },
): Omit<WindowAttributes, "group"> {
  const { stride = 1, dilation = 1 } = options;
  const [kernel, spread] = [pair(options.kernel), pair(dilation)];
  const { padding = kernel.map((k, i) => Math.floor((spread[i]! * (k - 1)) / 2)) as [number, number] } =
    options;
  return { kernel_shape: kernel, strides: pair(stride), dilations: spread, pads: sides(padding) };
}
