import type { Tensor } from "../../graph/index.js";
import { pair, sides, type Padding, type Size2 } from "./size.js";

export interface PoolOptions {
  readonly kernel: Size2;
  /** Default: the kernel. */
  readonly stride?: Size2 | undefined;
  /** Default 0. */
  readonly padding?: Padding | undefined;
  /** Let windows begin inside and end outside: sizes round up. */
  readonly ceil?: boolean | undefined;
}

/** Largest of each window. [N,C,H,W] → [N,C,H',W']. Padding never wins. */
export function maxPool(x: Tensor, { dilation = 1, ...options }: PoolOptions & { dilation?: Size2 }): Tensor {
  return x.op("MaxPool", [], { ...windowOf(options), dilations: pair(dilation) });
}

/** Halve height and width, rounding down (up with `ceil`). [N,C,H,W] → [N,C,H/2,W/2] */
export function maxPool2(x: Tensor, { ceil = false } = {}): Tensor {
  return maxPool(x, { kernel: 2, ceil });
}

/** Mean of each window; padding counts as zeros unless told otherwise, as in PyTorch. */
export function avgPool(
  x: Tensor,
  { countPadding = true, ...options }: PoolOptions & { countPadding?: boolean },
): Tensor {
  return x.op("AveragePool", [], { ...windowOf(options), count_include_pad: countPadding ? 1 : 0 });
}

/** [N,C,H,W] → [N,C,1,1] */
export const globalAvgPool = (x: Tensor): Tensor => x.op("GlobalAveragePool");

/** [N,C,H,W] → [N,C,1,1] */
export const globalMaxPool = (x: Tensor): Tensor => x.op("GlobalMaxPool");

function windowOf({ kernel, stride = kernel, padding = 0, ceil = false }: PoolOptions): {
  kernel_shape: readonly number[];
  strides: readonly number[];
  pads: readonly number[];
  ceil_mode: number;
} {
  return {
    kernel_shape: pair(kernel),
    strides: pair(stride),
    pads: sides(padding),
    ceil_mode: ceil ? 1 : 0,
  };
}
