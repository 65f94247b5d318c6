import { addDim, floorDivDim, mulDim, type Dim, type Shape } from "../graph/index.js";
import { unknownName } from "../util/index.js";
import { shapeMismatch } from "./shape-rules.js";

// The geometry of windows that slide over the spatial axes: convolution and pooling share it.

/** The attributes that say how windows slide, as Conv, MaxPool and AveragePool have them. */
export interface WindowAttributes {
  readonly auto_pad?: string;
  readonly ceil_mode?: number;
  readonly dilations?: readonly number[];
  readonly kernel_shape?: readonly number[];
  readonly pads?: readonly number[];
  readonly strides?: readonly number[];
}

/** How a window slides, one number a spatial axis; auto_pad resolved. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before and after. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const AUTO_PADS = ["NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"];

function autoPadOf(where: string, { auto_pad = "NOTSET" }: WindowAttributes): string {
  if (!AUTO_PADS.includes(auto_pad)) throw unknownName(`${where}: auto_pad`, auto_pad, AUTO_PADS);
  return auto_pad;
}

/** The lists of attributes with their defaults. @throws MattelierError `shape-mismatch` for a wrong length. */
function listsOf(
  where: string,
  rank: number,
  attrs: WindowAttributes,
): { strides: readonly number[]; dilations: readonly number[]; pads: readonly number[] } {
  const list = (name: string, values: readonly number[] | undefined, length: number, or: number) => {
    if (values === undefined || values.length === 0) return Array.from({ length }, () => or);
    if (values.length === length) return values;
    throw shapeMismatch(
      where,
      `${length} ${name} for ${rank} spatial axes`,
      `[${values.join(",")}]`,
      name === "pads"
        ? "give one before and one after for each: all before, then all after"
        : "give one for each",
    );
  };
  return {
    strides: list("strides", attrs.strides, rank, 1),
    dilations: list("dilations", attrs.dilations, rank, 1),
    pads: list("pads", attrs.pads, 2 * rank, 0),
  };
}

/**
 * The window with its padding in numbers.
 * @param spatial sizes of the spatial axes; auto_pad SAME needs them as numbers
 */
export function windowOf(
  where: string,
  spatial: readonly number[],
  kernel: readonly number[],
  attrs: WindowAttributes,
): Window {
  const rank = spatial.length;
  const { strides, dilations, pads } = listsOf(where, rank, attrs);
  const auto = autoPadOf(where, attrs);
  if (auto === "NOTSET")
    return { kernel, strides, dilations, before: pads.slice(0, rank), after: pads.slice(rank) };
  const total = spatial.map((size, i) => {
    if (auto === "VALID") return 0;
    const outputs = Math.ceil(size / strides[i]!);
    return Math.max(0, (outputs - 1) * strides[i]! + dilations[i]! * (kernel[i]! - 1) + 1 - size);
  });
  const less = total.map((n) => Math.floor(n / 2));
  const more = total.map((n) => Math.ceil(n / 2));
  const [before, after] = auto === "SAME_LOWER" ? [more, less] : [less, more];
  return { kernel, strides, dilations, before, after };
}

/**
 * Output sizes: `⌊(size + pads − dilation·(kernel − 1) − 1) / stride⌋ + 1`, rounded up in ceil mode unless the last
 * window would then start beyond the input and the padding before it.
 * @throws MattelierError `shape-mismatch` when a window is larger than the padded input.
 */
export function windowOutputs(
  where: string,
  spatial: Shape,
  kernel: readonly number[],
  attrs: WindowAttributes,
): Shape {
  const { strides, dilations, pads } = listsOf(where, spatial.length, attrs);
  const auto = autoPadOf(where, attrs);
  return spatial.map((size, i): Dim => {
    const stride = strides[i]!;
    if (auto.startsWith("SAME")) return floorDivDim(addDim(size, stride - 1), stride);
    const [before, after] = auto === "VALID" ? [0, 0] : [pads[i]!, pads[spatial.length + i]!];
    const extent = dilations[i]! * (kernel[i]! - 1) + 1;
    const ceil = attrs.ceil_mode === 1;
    // ⌊(a / s)⌋ + 1 = ⌊(a + s) / s⌋, which keeps symbolic sizes short.
    const slack = before + after - extent + stride + (ceil ? stride - 1 : 0);
    const outputs = floorDivDim(addDim(size, slack), stride);
    if (typeof outputs === "string" || typeof size === "string") return outputs;
    if (outputs < 1)
      throw shapeMismatch(
        where,
        `at least ${extent} elements on spatial axis ${i}, padding counted`,
        String(size + before + after),
        "use a larger input, more padding or less dilation",
      );
    return ceil && (outputs - 1) * stride >= size + before ? outputs - 1 : outputs;
  });
}

/** `before` and `after` as ONNX writes them. */
export function padsOf({ before, after }: Pick<Window, "before" | "after">): readonly number[] {
  return [...before, ...after];
}

/** Multiply-accumulates of a convolution: one per output element, input channel of its group and kernel tap. */
export function convolutionMacs(output: Shape, weight: Shape): Dim {
  return mulDim(output.reduce(mulDim, 1), weight.slice(1).reduce(mulDim, 1));
}
