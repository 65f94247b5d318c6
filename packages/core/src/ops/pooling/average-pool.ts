import type { Builder, OpRule, Value } from "../../graph/index.js";
import { tensorFrom } from "../../util/index.js";
import { fixedShape } from "../contents.js";
import { padsOf, windowOf, windowOutputs, type Window } from "../window.js";

/**
 * `y[n,c,p] = (1/count_p) · Σ_k x[n, c, p·stride + k·dilation − pad]`
 *                                     count_p: elements of x in the window, with count_include_pad also of padding
 * `∂L/∂x[q] = Σ g[p]/count_p` over the windows p that hold q: the box filter's transpose
 */
export const averagePool: OpRule<"AveragePool"> = {
  infer: ({ inputs: [x], attrs }) => ({
    dtype: x!.dtype,
    shape: [
      ...x!.shape.slice(0, 2),
      ...windowOutputs("AveragePool", x!.shape.slice(2), attrs.kernel_shape ?? [], attrs),
    ],
  }),
  vjp({ b, g, inputs: [x], attrs }) {
    const shape = fixedShape("AveragePool", x!.shape);
    const sizes = shape.slice(2);
    const window = windowOf("AveragePool", sizes, attrs.kernel_shape ?? [], attrs);
    const share = b.mul(g, inverseCounts(b, g, sizes, window, attrs.count_include_pad === 1));
    return [isStepless(window) ? boxFilter(b, share, window) : boxTranspose(b, share, shape, window)];
  },
};

/** 1/count_p over the spatial axes; one number when all windows are alike. */
function inverseCounts(
  b: Builder,
  g: Value,
  sizes: readonly number[],
  { kernel, strides, dilations, before, after }: Window,
  includePad: boolean,
): Value {
  const counts = sizes.map((size, i) => {
    const [low, high] = includePad ? [-before[i]!, size + after[i]!] : [0, size];
    return Array.from({ length: g.shape[i + 2] as number }, (_, p) => {
      const taps = Array.from(
        { length: kernel[i]! },
        (_, k) => p * strides[i]! + k * dilations[i]! - before[i]!,
      );
      return taps.filter((at) => at >= low && at < high).length;
    });
  });
  const all = counts.reduce<number[]>((outer, line) => outer.flatMap((n) => line.map((m) => n * m)), [1]);
  const [first] = all;
  if (all.every((n) => n === first)) return b.scalar(1 / first!, g.dtype);
  const inverse = all.map((n) => 1 / n);
  return b.constant(
    tensorFrom(
      g.dtype as "float32",
      counts.map((line) => line.length),
      inverse,
    ),
    "inverse_counts",
  );
}

const isStepless = ({ strides, dilations, kernel, before, after }: Window): boolean =>
  [...strides, ...dilations].every((n) => n === 1) && kernel.every((k, i) => before[i]! < k && after[i]! < k);

/** Stride 1: the transpose of a box filter is a box filter, `k` elements wide, with the other padding. */
function boxFilter(b: Builder, share: Value, { kernel, before, after }: Window): Value {
  const mean = b.op("AveragePool", [share], {
    kernel_shape: kernel,
    count_include_pad: 1,
    pads: padsOf({
      before: kernel.map((k, i) => k - 1 - before[i]!),
      after: kernel.map((k, i) => k - 1 - after[i]!),
    }),
  });
  return b.mul(
    mean,
    kernel.reduce((n, k) => n * k, 1),
  );
}

/** Any stride: a transposed convolution of each channel by itself with a kernel of ones. */
function boxTranspose(b: Builder, share: Value, shape: readonly number[], window: Window): Value {
  const { kernel, strides, dilations, before, after } = window;
  const outputs = share.shape.slice(2) as number[];
  // What the windows leave over at the end of x, or reach beyond it.
  const over = shape.slice(2).map((size, i) => {
    const covered = (outputs[i]! - 1) * strides[i]! + dilations[i]! * (kernel[i]! - 1) + 1;
    return size - (covered - before[i]! - after[i]!);
  });
  const ones = b.expand(b.scalar(1, share.dtype), [1, 1, ...kernel]);
  const sum = b.op("ConvTranspose", [b.reshape(share, [shape[0]! * shape[1]!, 1, ...outputs]), ones], {
    strides,
    dilations,
    pads: padsOf({ before, after: after.map((n, i) => n + Math.max(0, -over[i]!)) }),
    output_padding: over.map((n) => Math.max(0, n)),
  });
  return b.reshape(sum, shape);
}
