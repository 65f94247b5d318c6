import { readFileSync } from "node:fs";
import type { Tensor } from "../graph/index.js";
import { formulaTensor, summaryOf } from "../util/formula.test-support.js";
import { tensorFrom, type TensorData } from "../util/index.js";
import * as f from "./index.js";
import type { Layer, LayerName } from "./index.js";
import * as nn from "./index.js";

export interface FunctionGolden {
  readonly input: readonly number[];
  readonly shape: readonly number[];
  /** Summaries: norm, and product with the probe of the case's name. */
  readonly output: readonly [number, number];
  /** Of the loss Σ output·probe, by the input. */
  readonly gradient: readonly [number, number];
}

export interface LayerGolden extends FunctionGolden {
  readonly evaluated: readonly [number, number];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly gradients: Readonly<Record<string, readonly [number, number]>>;
  readonly buffers: Readonly<Record<string, readonly [number, number]>>;
}

/** PyTorch's values; the file's `origin` says how they were made. */
export const golden = JSON.parse(readFileSync(new URL("nn.golden.json", import.meta.url), "utf8")) as {
  readonly layers: Readonly<Record<string, LayerGolden>>;
  readonly functions: Readonly<Record<string, FunctionGolden>>;
};

type Make = () => Layer;

/** Our counterpart of each golden layer: keys `<layer>/<case>`. */
export const layerCases: { readonly [K in LayerName]: Readonly<Record<string, Make>> } = {
  conv: {
    plain: () => nn.conv(4, 3),
    "strided, one-sided padding": () =>
      nn.sequential((x) => x, nn.conv(4, 3, { stride: 2, padding: [2, 0, 0, 1] })),
    "depthwise, dilated": () => nn.conv(4, 8, { dilation: 2, groups: 4 }),
    "groups without bias": () => nn.conv(4, 6, { kernel: [1, 3], groups: 2, bias: false }),
    patches: () => nn.conv(4, 3, { kernel: 2, stride: 2, padding: 0 }),
  },
  convTranspose: {
    plain: () => nn.convTranspose(4, 3),
    overlapping: () => nn.convTranspose(4, 3, { kernel: 4, padding: 1, bias: false }),
    "groups, output padding": () =>
      nn.convTranspose(4, 2, { kernel: 3, padding: 1, outputPadding: 1, groups: 2 }),
  },
  linear: {
    "of tokens": () => nn.linear(4, 3),
    "without bias": () => nn.linear(4, 3, { bias: false }),
  },
  batchNorm: {
    plain: () => nn.batchNorm(4),
    options: () => nn.batchNorm(4, { eps: 1e-3, momentum: 0.3 }),
    "of vectors": () => nn.batchNorm(4),
  },
  instanceNorm: {
    plain: () => nn.instanceNorm(4),
    affine: () => nn.instanceNorm(4, { eps: 1e-3, affine: true }),
  },
  layerNorm: { plain: () => nn.layerNorm(4) },
  groupNorm: { plain: () => nn.groupNorm(2, 4) },
  sequential: {
    plain: () => nn.sequential(nn.conv(4, 3, { kernel: 1 }), nn.relu, nn.conv(3, 2, { kernel: 1 })),
  },
  // Random: dropout.test.ts.
  dropout: {},
  dropPath: {},
};

const indices = (x: Tensor): Tensor => x.constant(tensorFrom("int64", [4], [2, 0, 2, 1]));

function attend(x: Tensor): Tensor {
  const [q, k, v] = f.chunk(x, 3, { axis: 2 }).map((part) => f.splitHeads(part, 2)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  return f.joinHeads(f.attention(q, { k, v }));
}

/** Our counterpart of each golden function. */
export const functionCases: Readonly<Record<string, Layer>> = {
  relu: f.relu,
  relu6: (x) => f.relu6(x.mul(8)),
  leakyRelu: (x) => f.leakyRelu(x, { slope: 0.2 }),
  prelu: (x) => f.prelu(x, x.constant(tensorFrom("float32", [1], [0.3]))),
  elu: (x) => f.elu(x, { alpha: 0.7 }),
  sigmoid: f.sigmoid,
  tanh: f.tanh,
  gelu: f.gelu,
  "gelu tanh": (x) => f.gelu(x, { approximate: "tanh" }),
  silu: f.silu,
  hardSigmoid: (x) => f.hardSigmoid(x.mul(4)),
  hardSwish: (x) => f.hardSwish(x.mul(4)),
  softplus: f.softplus,
  softmax: (x) => f.softmax(x, { axis: 1 }),
  logSoftmax: (x) => f.logSoftmax(x),
  maxPool: (x) => f.maxPool(x, { kernel: 3, stride: 2, padding: 1 }),
  "maxPool dilated": (x) => f.maxPool(x, { kernel: 2, stride: 1, dilation: 2 }),
  maxPool2: (x) => f.maxPool2(x),
  "maxPool2 ceil": (x) => f.maxPool2(x, { ceil: true }),
  avgPool: (x) => f.avgPool(x, { kernel: 3, stride: 2, padding: 1 }),
  "avgPool without padding counted": (x) =>
    f.avgPool(x, { kernel: 3, stride: 1, padding: 1, countPadding: false }),
  globalAvgPool: f.globalAvgPool,
  globalMaxPool: f.globalMaxPool,
  "resize bilinear": (x) => f.resize(x, [9, 11]),
  "resize bilinear down": (x) => f.resize(x, [4, 3]),
  "resize bilinear, corners aligned": (x) => f.resize(x, [9, 11], { alignCorners: true }),
  "resize nearest": (x) => f.resize(x, [9, 11], { mode: "nearest" }),
  "resize bicubic": (x) => f.resize(x, [9, 7], { mode: "bicubic" }),
  scale: (x) => f.scale(x, 2),
  "scale nearest": (x) => f.scale(x, 3, { mode: "nearest" }),
  "up2, corners aligned": (x) => f.up2(x, { alignCorners: true }),
  cat: (x) => f.cat(x, x.mul(2)),
  concat: (x) => f.concat([x, x.mul(2)], -1),
  split: (x) => f.split(x, [1, 3])[1]!,
  chunk: (x) => f.chunk(x, 2)[1]!,
  flatten: (x) => f.flatten(x),
  pad: (x) => f.pad(x, [0, 1, 3, 2], { value: 0.5 }),
  "pad reflect": (x) => f.pad(x, [3, 2, 2, 1], { mode: "reflect" }),
  "pad edge": (x) => f.pad(x, [1, 2], { mode: "edge" }),
  roll: (x) => f.roll(x, [2, -1], [2, 3]),
  pixelShuffle: (x) => f.pixelShuffle(x, 2),
  pixelUnshuffle: (x) => f.pixelUnshuffle(x, 2),
  windowPartition: (x) => f.windowPartition(x, [2, 3]),
  windowReverse: (x) => f.windowReverse(x, [4, 6]),
  gather: (x) => f.gather(x, indices(x)),
  attention: attend,
};

/** The generator's state of a layer. */
export function formulaState(shapes: Readonly<Record<string, readonly number[]>>): Map<string, TensorData> {
  return new Map(
    Object.entries(shapes).map(([key, shape]) => {
      if (key.endsWith("num_batches_tracked")) return [key, tensorFrom("int64", [], [0])];
      const range = key.endsWith("running_var") ? { low: 0.5, high: 1.5 } : {};
      return [key, formulaTensor(key, shape, range)];
    }),
  );
}

/** How far two summaries differ, as a share of the norm. */
export function summaryError(
  name: string,
  { data }: TensorData,
  [norm, product]: readonly [number, number],
): number {
  const [ownNorm, ownProduct] = summaryOf(name, data as Float32Array);
  return Math.max(Math.abs(ownNorm - norm), Math.abs(ownProduct - product)) / Math.max(norm, 1e-3);
}
