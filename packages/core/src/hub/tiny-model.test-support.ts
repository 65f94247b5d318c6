import { DATA_TYPE_CODES } from "../onnx/data-types.js";
import { entriesOf } from "../onnx/metadata.js";
import { encodeModel } from "../onnx/model.js";
import { LOCATION_EXTERNAL, type TensorProto, type ValueInfoProto } from "../onnx/schema.js";
import type { DType } from "../util/dtype.js";
import type { Preprocessing } from "./preprocessing.js";

export interface TinyModel {
  readonly inputShape?: readonly (number | string)[];
  readonly outputShape?: readonly (number | string)[];
  readonly dtype?: DType;
  /** The operators that follow the convolution. */
  readonly ends?: readonly string[];
  readonly extraInput?: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Keep the kernel's four bytes times three in this file beside the model. */
  readonly externalFile?: string;
}

export const TINY_WEIGHTS = new Uint8Array(new Float32Array([0.2, 0.7, 0.1]).buffer);

/** An .onnx of one 1x1 convolution from three channels to one, then a sigmoid or what is asked for. */
export function tinyModel({
  inputShape = [1, 3, 32, 32],
  outputShape = [inputShape[0]!, 1, ...inputShape.slice(2)],
  dtype = "float32",
  ends = ["Sigmoid"],
  extraInput = false,
  metadata = {},
  externalFile,
}: TinyModel = {}): Uint8Array {
  const names = ["conv", ...ends.slice(0, -1).map((_, i) => `end${i}`), "matte"].slice(-ends.length - 1);
  return encodeModel({
    irVersion: 10,
    opsetImport: [{ version: 21 }],
    metadataProps: entriesOf(metadata),
    graph: {
      name: "tiny",
      node: [
        { opType: "Conv", input: ["image", "kernel"], output: [names[0]!] },
        ...ends.map((opType, i) => ({ opType, input: [names[i]!], output: [names[i + 1]!] })),
      ],
      initializer: [kernel(externalFile)],
      // As old exporters do, the kernel is listed among the inputs too.
      input: [
        port("image", inputShape, dtype),
        port("kernel", [1, 3, 1, 1], "float32"),
        ...(extraInput ? [port("previous", [1, 1, 8, 8], dtype)] : []),
      ],
      output: [port("matte", outputShape, dtype)],
    },
  });
}

function kernel(externalFile: string | undefined): TensorProto {
  const common = { name: "kernel", dims: [1, 3, 1, 1], dataType: DATA_TYPE_CODES.float32 };
  if (externalFile === undefined) return { ...common, rawData: TINY_WEIGHTS };
  return {
    ...common,
    dataLocation: LOCATION_EXTERNAL,
    externalData: [{ key: "location", value: externalFile }],
  };
}

function port(name: string, shape: readonly (number | string)[], dtype: DType): ValueInfoProto {
  const dim = shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DATA_TYPE_CODES[dtype], shape: { dim } } } };
}

/** The preprocessing that goes with {@link tinyModel}. */
export const tinyPreprocessing: Preprocessing = {
  version: 1,
  input: { kind: "fixed", widthPx: 32, heightPx: 32 },
  resize: { rule: "stretch", kernel: "bilinear", antialias: true, coordinates: "half-pixel" },
  layout: "nchw",
  channelOrder: "rgb",
  scale: 255,
  mean: [0.5, 0.5, 0.5],
  std: [1, 1, 1],
  output: { head: 0, kind: "matte", activation: "none", minMax: false },
};
