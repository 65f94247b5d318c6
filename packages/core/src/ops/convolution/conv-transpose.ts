import {
  addDim,
  mulDim,
  printShape,
  type Dim,
  type OpRule,
  type Shape,
  type Value,
} from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { fixedShape } from "../contents.js";
import { commonDtype, mayEqual, shapeMismatch } from "../shape-rules.js";

/**
 * `y[n, o, p·stride + k·dilation − pad] += w[c,o,k] · x[n,c,p]`, then `+ bias[o]`
 *                                     x: [N, C, …], w: [C, O/group, …kernel], y: [N, O, …]
 * It is the input gradient of the convolution with the same weights, so its own are convolutions:
 * `∂L/∂x = Conv(g, w)`;  `∂L/∂w` = that convolution's weight gradient, of input g and output gradient x;
 * `∂L/∂bias = Σ_{n,p} g`
 */
export const convTranspose: OpRule<"ConvTranspose"> = {
  infer({ inputs: [x, w, bias], attrs }) {
    const where = "ConvTranspose";
    const [channels, outputs] = w!.shape;
    if (x!.rank < 3 || x!.rank !== w!.rank || !mayEqual(x!.shape[1]!, channels!))
      throw shapeMismatch(
        where,
        `an input [N,${channels ?? "C"},…] for weights ${printShape(w!.shape)} ([C,O/group,…])`,
        printShape(x!.shape),
        "the layer's input channels must be those that the layer before makes",
      );
    const group = attrs.group ?? 1;
    if (typeof channels === "number" && channels % group !== 0)
      throw shapeMismatch(
        where,
        `input channels divisible by ${group} groups`,
        String(channels),
        "change groups, or the channels of the layer before",
      );
    const slide = slideOf(x!.shape, fixedShape(where, w!.shape.slice(2)), attrs);
    return {
      dtype: commonDtype(where, bias === undefined ? [x!, w!] : [x!, w!, bias]),
      shape: [x!.shape[0]!, mulDim(outputs!, group), ...slide.outputs],
    };
  },
  vjp({ b, g, inputs: [x, w], attrs, wanted }) {
    const shape = fixedShape("ConvTranspose", x!.shape);
    const weight_shape = fixedShape("ConvTranspose", w!.shape);
    const { strides, dilations, pads } = slideOf(shape, weight_shape.slice(2), attrs);
    const group = attrs.group ?? 1;
    const reached = withoutUnreached(g, shape, weight_shape, { strides, dilations, pads });
    const gIn =
      reached === undefined
        ? g
        : b.slice(
            g,
            reached.map(() => 0),
            reached,
            [...reached.keys()].map((i) => i + 2),
          );
    return [
      wanted[0] ? b.op("Conv", [gIn, w], { strides, pads, dilations, group }) : undefined,
      wanted[1]
        ? b.op("mattelier.ConvWeightGradient", [gIn, x], { strides, pads, dilations, group, weight_shape })
        : undefined,
      wanted[2] ? b.reduceSum(g, [0, ...[...g.shape.keys()].slice(2)], false) : undefined,
    ];
  },
  macs: ({ inputs: [x, w] }) => mulDim(x!.shape.reduce(mulDim, 1), w!.shape.slice(1).reduce(mulDim, 1)),
};

interface Slide {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/** Strides, dilations, resolved pads and output sizes. */
function slideOf(
  shape: Shape,
  kernel: readonly number[],
  attrs: OpAttributes<"ConvTranspose">,
): Slide & { readonly pads: readonly number[]; readonly outputs: Shape } {
  const rank = kernel.length;
  const strides = attrs.strides ?? kernel.map(() => 1);
  const dilations = attrs.dilations ?? kernel.map(() => 1);
  const same = attrs.auto_pad?.startsWith("SAME") === true;
  const given = attrs.auto_pad === "VALID" ? undefined : attrs.pads;
  const before: number[] = [];
  const after: number[] = [];
  const outputs = kernel.map((k, i): Dim => {
    const size = shape[i + 2]!;
    // The last `rank` sizes: some files write batch and channels too.
    const wanted = attrs.output_shape?.at(i - rank) ?? (same ? mulDim(size, strides[i]!) : undefined);
    const extent = dilations[i]! * (k - 1) + 1 + (attrs.output_padding?.[i] ?? 0);
    // (size − 1)·stride + extent
    const full = addDim(mulDim(size, strides[i]!), extent - strides[i]!);
    if (wanted === undefined) {
      before.push(given?.[i] ?? 0);
      after.push(given?.[i + rank] ?? 0);
      return addDim(full, -before[i]! - after[i]!);
    }
    const total = excess(full, wanted);
    const less = Math.floor(total / 2);
    const upper = attrs.auto_pad === "SAME_UPPER";
    before.push(upper ? less : total - less);
    after.push(upper ? total - less : less);
    return total > 0 || full === wanted ? wanted : full;
  });
  return { strides, dilations, pads: [...before, ...after], outputs };
}

/** Padding that brings the full size to the wanted one; symbols cancel when both are one size and a number. */
function excess(full: Dim, wanted: Dim): number {
  if (typeof full === "number" && typeof wanted === "number") return Math.max(0, full - wanted);
  const rest = /^(.*?)([+-]\d+)?$/.exec(String(full))!;
  return rest[1] === String(wanted) ? Math.max(0, Number(rest[2] ?? 0)) : 0;
}

/**
 * The leading sizes of g that the convolution back may see, where output padding beyond the stride would give it
 * more windows than x has elements; undefined when all of g is fine.
 */
function withoutUnreached(
  g: Value,
  shape: readonly number[],
  weight: readonly number[],
  { strides, dilations, pads }: Slide & { readonly pads: readonly number[] },
): readonly number[] | undefined {
  const rank = strides.length;
  const sizes = strides.map((stride, i) => {
    const reach = (shape[i + 2]! - 1) * stride + dilations[i]! * (weight[i + 2]! - 1) + 1;
    return Math.min(g.shape[i + 2] as number, reach - pads[i]! - pads[i + rank]! + stride - 1);
  });
  return sizes.every((size, i) => size === g.shape[i + 2]) ? undefined : sizes;
}
