import type { TensorData } from "../util/tensor-data.js";

/**
 * The operators that Mattelier has rules for, with the types of their attributes: the one table from which
 * builder, codec and rules take theirs. Names are ONNX's; other domains are prefixed (`com.microsoft.Gelu`).
 * Source: ONNX operator specification, opset {@link DEFAULT_OPSET}.
 */
export const OPERATORS = {
  // Elementwise
  Abs: {},
  Add: {},
  And: {},
  Atan: {},
  Cast: { to: "int", saturate: "int" },
  Ceil: {},
  Celu: { alpha: "float" },
  // Before opset 11 the bounds are attributes.
  Clip: { max: "float", min: "float" },
  Cos: {},
  Div: {},
  Elu: { alpha: "float" },
  Equal: {},
  Erf: {},
  Exp: {},
  Floor: {},
  Gelu: { approximate: "string" },
  Greater: {},
  GreaterOrEqual: {},
  HardSigmoid: { alpha: "float", beta: "float" },
  HardSwish: {},
  Identity: {},
  IsInf: { detect_negative: "int", detect_positive: "int" },
  IsNaN: {},
  LeakyRelu: { alpha: "float" },
  Less: {},
  LessOrEqual: {},
  Log: {},
  Max: {},
  Min: {},
  Mish: {},
  Mod: { fmod: "int" },
  Mul: {},
  Neg: {},
  Not: {},
  Or: {},
  PRelu: {},
  Pow: {},
  Reciprocal: {},
  Relu: {},
  Round: {},
  Selu: { alpha: "float", gamma: "float" },
  Sigmoid: {},
  Sign: {},
  Sin: {},
  Softplus: {},
  Softsign: {},
  Sqrt: {},
  Sub: {},
  Sum: {},
  Tan: {},
  Tanh: {},
  Where: {},
  Xor: {},
  // Reductions
  ArgMax: { axis: "int", keepdims: "int", select_last_index: "int" },
  ArgMin: { axis: "int", keepdims: "int", select_last_index: "int" },
  CumSum: { exclusive: "int", reverse: "int" },
  LogSoftmax: { axis: "int" },
  // Before opset 18 (ReduceSum: 13) the axes are an attribute.
  ReduceL1: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceL2: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceLogSumExp: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceMax: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceMean: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceMin: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceProd: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceSum: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  ReduceSumSquare: { axes: "ints", keepdims: "int", noop_with_empty_axes: "int" },
  Softmax: { axis: "int" },
  TopK: { axis: "int", largest: "int", sorted: "int" },
  // Shapes and movement
  Concat: { axis: "int" },
  Constant: {
    value: "tensor",
    value_float: "float",
    value_floats: "floats",
    value_int: "int",
    value_ints: "ints",
  },
  ConstantOfShape: { value: "tensor" },
  DepthToSpace: { blocksize: "int", mode: "string" },
  // Before opset 12 the ratio is an attribute.
  Dropout: { ratio: "float", seed: "int" },
  Expand: {},
  Flatten: { axis: "int" },
  Gather: { axis: "int" },
  GatherElements: { axis: "int" },
  GatherND: { batch_dims: "int" },
  OneHot: { axis: "int" },
  // Before opset 11 `pads` and `value` are attributes.
  Pad: { mode: "string", pads: "ints", value: "float" },
  RandomUniformLike: { dtype: "int", high: "float", low: "float", seed: "float" },
  Range: {},
  Reshape: { allowzero: "int" },
  ScatterElements: { axis: "int", reduction: "string" },
  ScatterND: { reduction: "string" },
  Shape: { start: "int", end: "int" },
  Size: {},
  // Before opset 10 the ranges are attributes.
  Slice: { axes: "ints", ends: "ints", starts: "ints" },
  SpaceToDepth: { blocksize: "int" },
  // Before opset 13 `split` is an attribute, and so are the `axes` of Squeeze and Unsqueeze.
  Split: { axis: "int", num_outputs: "int", split: "ints" },
  Squeeze: { axes: "ints" },
  Tile: {},
  Transpose: { perm: "ints" },
  Trilu: { upper: "int" },
  Unsqueeze: { axes: "ints" },
  // Linear algebra
  Einsum: { equation: "string" },
  Gemm: { alpha: "float", beta: "float", transA: "int", transB: "int" },
  MatMul: {},
  "com.microsoft.FusedMatMul": {
    alpha: "float",
    transA: "int",
    transB: "int",
    transBatchA: "int",
    transBatchB: "int",
  },
  // Convolution and pooling
  AveragePool: {
    auto_pad: "string",
    ceil_mode: "int",
    count_include_pad: "int",
    dilations: "ints",
    kernel_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  Conv: {
    auto_pad: "string",
    dilations: "ints",
    group: "int",
    kernel_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  ConvTranspose: {
    auto_pad: "string",
    dilations: "ints",
    group: "int",
    kernel_shape: "ints",
    output_padding: "ints",
    output_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  // Gradients of Conv by its input and its weights: pseudo-operators that ops/lowering turns into real ones.
  "mattelier.ConvInputGradient": {
    dilations: "ints",
    group: "int",
    input_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  "mattelier.ConvWeightGradient": {
    dilations: "ints",
    group: "int",
    pads: "ints",
    strides: "ints",
    weight_shape: "ints",
  },
  // Blocked-layout operators inside ONNX Runtime on x64: tensors lie as [N, C/block, H, W, block].
  "com.microsoft.nchwc.Conv": {
    activation: "string",
    activation_params: "floats",
    auto_pad: "string",
    dilations: "ints",
    group: "int",
    kernel_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  "com.microsoft.nchwc.MaxPool": {
    auto_pad: "string",
    ceil_mode: "int",
    dilations: "ints",
    kernel_shape: "ints",
    pads: "ints",
    storage_order: "int",
    strides: "ints",
  },
  "com.microsoft.nchwc.ReorderInput": { channels_last: "int" },
  "com.microsoft.nchwc.ReorderOutput": { channels: "int", channels_last: "int" },
  "com.microsoft.nchwc.Upsample": {
    coordinate_transformation_mode: "string",
    mode: "string",
    scales: "ints",
  },
  GlobalAveragePool: {},
  GlobalMaxPool: {},
  GridSample: { align_corners: "int", mode: "string", padding_mode: "string" },
  MaxPool: {
    auto_pad: "string",
    ceil_mode: "int",
    dilations: "ints",
    kernel_shape: "ints",
    pads: "ints",
    storage_order: "int",
    strides: "ints",
  },
  MaxUnpool: { kernel_shape: "ints", pads: "ints", strides: "ints" },
  Resize: {
    antialias: "int",
    axes: "ints",
    coordinate_transformation_mode: "string",
    cubic_coeff_a: "float",
    exclude_outside: "int",
    extrapolation_value: "float",
    keep_aspect_ratio_policy: "string",
    mode: "string",
    nearest_mode: "string",
  },
  // Replaced by Resize in opset 10; `scales` is an attribute before opset 9.
  Upsample: { mode: "string", scales: "floats" },
  // Normalisation
  BatchNormalization: { epsilon: "float", momentum: "float", spatial: "int", training_mode: "int" },
  GroupNormalization: { epsilon: "float", num_groups: "int", stash_type: "int" },
  InstanceNormalization: { epsilon: "float" },
  LayerNormalization: { axis: "int", epsilon: "float", stash_type: "int" },
  // Quantisation
  ConvInteger: {
    auto_pad: "string",
    dilations: "ints",
    group: "int",
    kernel_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  DequantizeLinear: { axis: "int", block_size: "int" },
  DynamicQuantizeLinear: {},
  MatMulInteger: {},
  QLinearConv: {
    auto_pad: "string",
    dilations: "ints",
    group: "int",
    kernel_shape: "ints",
    pads: "ints",
    strides: "ints",
  },
  QuantizeLinear: { axis: "int", block_size: "int", output_dtype: "int", saturate: "int" },
} as const satisfies Record<string, Record<string, AttributeKind>>;

/** Version of the default operator set that we emit. */
export const DEFAULT_OPSET = 21;

export type AttributeKind = "int" | "float" | "string" | "tensor" | "ints" | "floats" | "strings";

interface PlainAttribute {
  int: number;
  float: number;
  string: string;
  tensor: TensorData;
  ints: readonly number[];
  floats: readonly number[];
  strings: readonly string[];
}

export type OpName = keyof typeof OPERATORS;

/** Attributes of an operator as plain values; the specification's default stands for one left out. */
export type OpAttributes<K extends OpName> = {
  readonly [A in keyof (typeof OPERATORS)[K]]?: (typeof OPERATORS)[K][A] extends AttributeKind
    ? PlainAttribute[(typeof OPERATORS)[K][A]]
    : never;
};

export function isOpName(name: string): name is OpName {
  return Object.hasOwn(OPERATORS, name);
}

/** `com.microsoft.FusedMatMul` → domain `com.microsoft`, type `FusedMatMul`; the default domain is "". */
export function splitOpName(name: string): { domain: string; opType: string } {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? { domain: "", opType: name } : { domain: name.slice(0, dot), opType: name.slice(dot + 1) };
}
