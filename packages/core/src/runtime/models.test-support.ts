import { DATA_TYPE_CODES } from "../onnx/data-types.js";
import { encodeModel } from "../onnx/model.js";
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from "../onnx/schema.js";
import type { DType, NumericArray } from "../util/dtype.js";
import type { TensorData } from "../util/tensor-data.js";

type Typed = readonly [name: string, dtype: DType, shape: readonly (number | string)[] | undefined];
type NodeSpec = readonly [
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, number | readonly number[]>>,
];

export interface ModelSpec {
  readonly inputs: readonly Typed[];
  readonly outputs: readonly Typed[];
  readonly nodes: readonly NodeSpec[];
  readonly constants?: Readonly<Record<string, TensorData>>;
}

/** A small .onnx file: opset 21, integer attributes only. */
export function makeModel({ inputs, outputs, nodes, constants = {} }: ModelSpec): Uint8Array {
  return encodeModel({
    irVersion: 10,
    producerName: "mattelier tests",
    opsetImport: [{ domain: "", version: 21 }],
    graph: {
      name: "small",
      node: nodes.map(makeNode),
      initializer: Object.entries(constants).map(makeConstant),
      input: inputs.map(makeInfo),
      output: outputs.map(makeInfo),
    },
  });
}

function makeNode([opType, input, output, attributes = {}]: NodeSpec): NodeProto {
  const attribute = Object.entries(attributes).map(([name, value]): AttributeProto =>
    typeof value === "number" ? { name, i: value, type: 2 } : { name, ints: value, type: 7 },
  );
  return { opType, input, output, attribute };
}

function makeConstant([name, { dtype, shape, data }]: [string, TensorData]): TensorProto {
  const { buffer, byteOffset, byteLength } = data as NumericArray;
  const rawData = new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dims: shape, dataType: DATA_TYPE_CODES[dtype], rawData };
}

function makeInfo([name, dtype, shape]: Typed): ValueInfoProto {
  const dim = shape?.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return {
    name,
    type: {
      tensorType: {
        elemType: DATA_TYPE_CODES[dtype],
        ...(dim === undefined ? {} : { shape: { dim } }),
      },
    },
  };
}

export const f32 = (shape: readonly number[], values: readonly number[]): TensorData => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(values),
});

/** y = x + 1, z = 2·x, over [batch,3]. */
export const twoOutputs = (): Uint8Array =>
  makeModel({
    inputs: [["x", "float32", ["batch", 3]]],
    outputs: [
      ["y", "float32", ["batch", 3]],
      ["z", "float32", ["batch", 3]],
    ],
    nodes: [
      ["Add", ["x", "one"], ["y"]],
      ["Mul", ["x", "two"], ["z"]],
    ],
    constants: { one: f32([], [1]), two: f32([], [2]) },
  });

/** y = x, for any element type. */
export const identity = (dtype: DType, shape: readonly (number | string)[] = ["n"]): Uint8Array =>
  makeModel({
    inputs: [["x", dtype, shape]],
    outputs: [["y", dtype, shape]],
    nodes: [["Identity", ["x"], ["y"]]],
  });

/** A run of products of [size,size] matrices: long to compute, short to write down. */
export const slow = (size: number, depth: number): Uint8Array =>
  makeModel({
    inputs: [["x", "float32", [size, size]]],
    outputs: [["y", "float32", [size, size]]],
    nodes: Array.from({ length: depth }, (_, i) => [
      "MatMul",
      [i === 0 ? "x" : `h${i - 1}`, "x"],
      [i === depth - 1 ? "y" : `h${i}`],
    ]),
  });

/** Loads, and then fails when it runs: a Reshape to a size that does not fit, known only from the feed. */
export const failing = (): Uint8Array =>
  makeModel({
    inputs: [
      ["x", "float32", ["n"]],
      ["shape", "int64", [1]],
    ],
    outputs: [["y", "float32", ["m"]]],
    nodes: [["Reshape", ["x", "shape"], ["y"]]],
  });

/** A 3x3 convolution with as many weights as asked for, x: [1,channels,16,16]. */
export const convolution = (channels: number): Uint8Array =>
  makeModel({
    inputs: [["x", "float32", [1, channels, 16, 16]]],
    outputs: [["y", "float32", [1, channels, 16, 16]]],
    nodes: [["Conv", ["x", "w"], ["y"], { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }]],
    constants: {
      w: {
        dtype: "float32",
        shape: [channels, channels, 3, 3],
        data: Float32Array.from({ length: channels * channels * 9 }, (_, i) => ((i % 17) - 8) / 64),
      },
    },
  });
