import {
  ATTRIBUTE_TYPES,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from "../onnx/schema.js";
import { DATA_TYPE_CODES } from "../onnx/data-types.js";
import { protoOfTensor } from "../onnx/tensor.js";
import type { DType } from "../util/dtype.js";
import { tensorFrom } from "../util/tensor-data.js";

/** `info("x", "float32", [2, "n"])`; a size of null is left open. */
export function info(name: string, dtype: DType, shape: readonly (number | string | null)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    size === null ? {} : typeof size === "number" ? { dimValue: size } : { dimParam: size },
  );
  return {
    name,
    type: { tensorType: { elemType: DATA_TYPE_CODES[dtype], shape: dim.length === 0 ? {} : { dim } } },
  };
}

/** `node("Add", ["x", "y"], ["z"])` */
export const node = (
  opType: string,
  input: readonly string[],
  output: readonly string[],
  more: NodeProto = {},
): NodeProto => ({ ...(input.length > 0 && { input }), output, opType, ...more });

export const floats = (name: string, shape: readonly number[], values: readonly number[]) =>
  protoOfTensor(tensorFrom("float32", shape, values), name);

export const model = (graph: GraphProto, more: ModelProto = {}): ModelProto => ({
  irVersion: 10,
  opsetImport: [{ version: 21 }],
  ...more,
  graph: { name: "g", ...graph },
});

/** `y = if c then x + w else x · w`, the branches reading x and w of the graph around them; and w twice as `u`. */
export function withBranches(): ModelProto {
  const branch = (opType: string, output: string): GraphProto => ({
    name: `${opType}_branch`,
    node: [node(opType, ["x", "w"], [`${output}_inner`]), node("Identity", [`${output}_inner`], [output])],
    output: [info(output, "float32", [2])],
  });
  return model({
    node: [
      node("Add", ["w0", "w0"], ["w"], { name: "makes_w" }),
      node("If", ["c"], ["y"], {
        name: "branch",
        attribute: [
          { name: "else_branch", g: branch("Mul", "e"), type: ATTRIBUTE_TYPES.graph },
          { name: "then_branch", g: branch("Add", "t"), type: ATTRIBUTE_TYPES.graph },
        ],
      }),
    ],
    initializer: [floats("w0", [2], [1, 2])],
    input: [info("c", "bool", []), info("x", "float32", [2])],
    output: [info("y", "float32", [2])],
  });
}

/** A model that uses every corner of the format that the graph does not hold itself. */
export function withEverything(): ModelProto {
  const entries = [{ key: "k", value: "v" }];
  const unknownFields = Uint8Array.of(0x98, 0x3f, 1);
  return {
    irVersion: 12,
    producerName: "someone",
    producerVersion: "1.2",
    domain: "org.example",
    modelVersion: 2n ** 60n,
    docString: "model",
    opsetImport: [
      { domain: "ai.onnx", version: 21 },
      { domain: "custom", version: 1 },
      { domain: "ai.onnx.ml", version: 3 },
    ],
    metadataProps: [
      { key: "twice", value: "a" },
      { key: "twice", value: "b" },
    ],
    trainingInfo: [{ algorithm: { name: "step" }, updateBinding: [{ key: "w", value: "w2" }] }],
    functions: [
      {
        name: "Twice",
        domain: "custom",
        overload: "o1",
        input: ["a"],
        output: ["b"],
        node: [node("Add", ["a", "a"], ["b"])],
        opsetImport: [{ version: 21 }],
        metadataProps: entries,
      },
    ],
    configuration: [{ name: "two", numDevices: 2, device: ["cpu:0", "cpu:1"] }],
    unknownFields,
    graph: {
      name: "everything",
      docString: "graph",
      metadataProps: entries,
      unknownFields,
      node: [
        node("Twice", ["x"], ["a"], {
          name: "call",
          domain: "custom",
          overload: "o1",
          docString: "node",
          metadataProps: entries,
          deviceConfigurations: [
            {
              configurationId: "two",
              pipelineStage: 1,
              shardingSpec: [
                {
                  tensorName: "a",
                  device: [0, 1],
                  indexToDeviceGroupMap: [{ key: -1, value: [0, 1] }],
                  shardedDim: [{ axis: 0, simpleSharding: [{ dimParam: "n", numShards: 2 }] }],
                },
              ],
            },
          ],
          unknownFields,
        }),
        node("Clip", ["a", "", "top"], ["b"], { domain: "ai.onnx" }),
        node("Odd.Name", ["b", "f8", "sparse"], ["c", "", "d"], {
          domain: "custom",
          attribute: [
            { name: "float", f: 0.1, type: 1, docString: "attribute" },
            { name: "int", i: 2n ** 62n, type: 2 },
            { name: "text", s: Uint8Array.of(0x61), type: 3 },
            { name: "bytes", s: Uint8Array.of(0xff), type: 3 },
            { name: "tensor", t: floats("", [1], [1]), type: 4 },
            { name: "tensor8", t: { dataType: 17, rawData: Uint8Array.of(1) }, type: 4 },
            { name: "floats", floats: [1, 2], type: 6 },
            { name: "ints", ints: [1, -1], type: 7 },
            { name: "no_ints", type: 7 },
            { name: "texts", strings: [Uint8Array.of(0x61)], type: 8 },
            { name: "tensors", tensors: [floats("t", [], [1])], type: 9 },
            { name: "graph", g: { name: "inner", node: [node("Neg", ["b"], ["inside"])] }, type: 5 },
            { name: "graphs", graphs: [{ name: "inner" }], type: 10 },
            { name: "sparse", sparseTensor: { values: floats("", [1], [1]), dims: [3] }, type: 11 },
            { name: "type", tp: { sequenceType: { elemType: {} } }, type: 13 },
            { name: "untyped", i: 3 },
            { name: "referring", refAttrName: "outer", type: 2 },
          ],
        }),
      ],
      initializer: [
        { ...floats("w", [2], [1, 2]), docString: "tensor", metadataProps: entries, unknownFields },
        { dims: [2], dataType: 17, name: "f8", rawData: Uint8Array.of(1, 2) },
        { dims: [], dataType: 1, name: "top", floatData: Float32Array.of(6) },
      ],
      sparseInitializer: [
        {
          values: floats("sparse", [1], [5]),
          indices: { dims: [1], dataType: 7, int64Data: BigInt64Array.of(1n) },
          dims: [4],
        },
      ],
      input: [
        { ...info("x", "float32", ["n", null, 3]), docString: "input", metadataProps: entries },
        { name: "list", type: { sequenceType: { elemType: info("", "float32", [null]).type! } } },
        { name: "rankless", type: { tensorType: { elemType: 1 }, denotation: "TENSOR" } },
      ],
      output: [{ name: "c" }, info("d", "float32", [null])],
      valueInfo: [{ ...info("a", "float32", ["n", null, 3]), docString: "value" }],
      quantizationAnnotation: [
        { tensorName: "a", quantParameterTensorNames: [{ key: "SCALE_TENSOR", value: "w" }] },
      ],
    },
  };
}
