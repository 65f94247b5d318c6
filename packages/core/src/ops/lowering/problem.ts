import { attributesOf, type Node } from "../../graph/index.js";
import type { DType } from "../../util/index.js";
import { fixedShape } from "../contents.js";
import { slideOf, type Slide } from "../convolution/slide.js";
import { padsOf, windowOf } from "../window.js";

/**
 * The convolution whose gradient is wanted, in numbers: `y[n,o,p] = Σ_{c,k} w[o,c,k]·x[n,c,p·stride + k·dilation − before]`,
 * x: [N, C, …input], w: [O, C/group, …kernel], y: [N, O, …output]. One entry a spatial axis in the lists.
 */
export interface ConvProblem {
  readonly dtype: DType;
  readonly batch: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly group: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** The problem from the shapes of its three tensors. */
export function problemOf(
  dtype: DType,
  shapes: { readonly x: readonly number[]; readonly w: readonly number[]; readonly y: readonly number[] },
  { strides, pads, dilations, group }: Slide,
): ConvProblem {
  const [batch, inChannels, ...input] = shapes.x as [number, number, ...number[]];
  const [outChannels, , ...kernel] = shapes.w as [number, number, ...number[]];
  const rank = input.length;
  return {
    dtype,
    batch,
    inChannels,
    outChannels,
    group,
    input,
    output: shapes.y.slice(2),
    kernel,
    strides,
    dilations,
    before: pads.slice(0, rank),
    after: pads.slice(rank),
  };
}

/** The problem that a Conv, input-gradient or weight-gradient node poses. Sizes must be numbers. */
export function problemOfNode(node: Node): ConvProblem {
  const [first, second] = node.inputs.map((value) => fixedShape(node.op, value!.shape));
  const { dtype } = node.inputs[0]!;
  if (node.op === "Conv") {
    const attrs = attributesOf(node, "Conv");
    const window = windowOf("Conv", first!.slice(2), second!.slice(2), attrs);
    const slide = { ...window, pads: padsOf(window), group: attrs.group ?? 1 };
    return problemOf(dtype, { x: first!, w: second!, y: fixedShape("Conv", node.outputs[0]!.shape) }, slide);
  }
  if (node.op === "mattelier.ConvInputGradient") {
    const attrs = attributesOf(node, "mattelier.ConvInputGradient");
    return problemOf(dtype, { x: attrs.input_shape!, w: second!, y: first! }, slideOf(attrs));
  }
  const attrs = attributesOf(node, "mattelier.ConvWeightGradient");
  return problemOf(dtype, { x: first!, w: attrs.weight_shape!, y: second! }, slideOf(attrs));
}

/** One line that two equal problems share: `float32 4x64x160x160 o64 k3x3 s1x1 p1,1,1,1 d1x1 g1`. */
export function problemKey(p: ConvProblem): string {
  return [
    p.dtype,
    [p.batch, p.inChannels, ...p.input].join("x"),
    `o${p.outChannels}`,
    `k${p.kernel.join("x")}`,
    `s${p.strides.join("x")}`,
    `p${[...p.before, ...p.after].join(",")}`,
    `d${p.dilations.join("x")}`,
    `g${p.group}`,
    `y${p.output.join("x")}`,
  ].join(" ");
}

/** Elements of the window along each axis, dilation counted. */
export function extents({ kernel, dilations }: ConvProblem): readonly number[] {
  return kernel.map((k, i) => dilations[i]! * (k - 1) + 1);
}

/** Every tap of the kernel as its index along each axis, row-major. */
export function tapsOf(kernel: readonly number[]): readonly (readonly number[])[] {
  return kernel.reduce<readonly (readonly number[])[]>(
    (taps, k) => taps.flatMap((tap) => Array.from({ length: k }, (_, i) => [...tap, i])),
    [[]],
  );
}

/** [O, C/group, …kernel] */
export const weightShapeOf = (p: ConvProblem): readonly number[] => [
  p.outChannels,
  p.inChannels / p.group,
  ...p.kernel,
];

export const product = (sizes: readonly number[]): number => sizes.reduce((n, size) => n * size, 1);
export const all = (list: readonly number[], value: number): boolean => list.every((n) => n === value);

/** A 1x1 kernel that looks at every element: a matrix product of channels. */
export const isPointwise = (p: ConvProblem): boolean =>
  all(p.kernel, 1) && all(p.strides, 1) && all(p.before, 0) && all(p.after, 0);

/** Each channel by itself. */
export const isDepthwise = (p: ConvProblem): boolean =>
  p.group > 1 && p.group === p.inChannels && p.group === p.outChannels;
