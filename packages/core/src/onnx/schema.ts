import { compileSchema, type MessageOf, type Schema } from "./messages.js";

/**
 * The messages of ONNX: numbers and kinds of all fields of the official schema up to IR version 14 (ONNX 1.23).
 * Names are the schema's in camel case. Source: onnx/onnx-ml.proto of the ONNX project.
 */
export const ONNX_SCHEMA = {
  ModelProto: {
    irVersion: [1, "int64"],
    producerName: [2, "string"],
    producerVersion: [3, "string"],
    domain: [4, "string"],
    modelVersion: [5, "int64"],
    docString: [6, "string"],
    graph: [7, "GraphProto"],
    opsetImport: [8, "OperatorSetIdProto[]"],
    metadataProps: [14, "StringStringEntryProto[]"],
    trainingInfo: [20, "TrainingInfoProto[]"],
    functions: [25, "FunctionProto[]"],
    configuration: [26, "DeviceConfigurationProto[]"],
  },
  GraphProto: {
    node: [1, "NodeProto[]"],
    name: [2, "string"],
    initializer: [5, "TensorProto[]"],
    docString: [10, "string"],
    input: [11, "ValueInfoProto[]"],
    output: [12, "ValueInfoProto[]"],
    valueInfo: [13, "ValueInfoProto[]"],
    quantizationAnnotation: [14, "TensorAnnotation[]"],
    sparseInitializer: [15, "SparseTensorProto[]"],
    metadataProps: [16, "StringStringEntryProto[]"],
  },
  NodeProto: {
    input: [1, "string[]"],
    output: [2, "string[]"],
    name: [3, "string"],
    opType: [4, "string"],
    attribute: [5, "AttributeProto[]"],
    docString: [6, "string"],
    domain: [7, "string"],
    overload: [8, "string"],
    metadataProps: [9, "StringStringEntryProto[]"],
    deviceConfigurations: [10, "NodeDeviceConfigurationProto[]"],
  },
  AttributeProto: {
    name: [1, "string"],
    f: [2, "float"],
    i: [3, "int64"],
    s: [4, "bytes"],
    t: [5, "TensorProto"],
    g: [6, "GraphProto"],
    floats: [7, "float[]"],
    ints: [8, "int64[]"],
    strings: [9, "bytes[]"],
    tensors: [10, "TensorProto[]"],
    graphs: [11, "GraphProto[]"],
    docString: [13, "string"],
    tp: [14, "TypeProto"],
    typeProtos: [15, "TypeProto[]"],
    type: [20, "int32"],
    refAttrName: [21, "string"],
    sparseTensor: [22, "SparseTensorProto"],
    sparseTensors: [23, "SparseTensorProto[]"],
  },
  ValueInfoProto: {
    name: [1, "string"],
    type: [2, "TypeProto"],
    docString: [3, "string"],
    metadataProps: [4, "StringStringEntryProto[]"],
  },
  TensorProto: {
    dims: [1, "int64[]"],
    dataType: [2, "int32"],
    segment: [3, "Segment"],
    floatData: [4, "packed float"],
    int32Data: [5, "packed int32"],
    stringData: [6, "bytes[]"],
    int64Data: [7, "packed int64"],
    name: [8, "string"],
    rawData: [9, "blob"],
    doubleData: [10, "packed double"],
    uint64Data: [11, "packed uint64"],
    docString: [12, "string"],
    externalData: [13, "StringStringEntryProto[]"],
    dataLocation: [14, "int32"],
    metadataProps: [16, "StringStringEntryProto[]"],
  },
  Segment: { begin: [1, "int64"], end: [2, "int64"] },
  SparseTensorProto: { values: [1, "TensorProto"], indices: [2, "TensorProto"], dims: [3, "int64[]"] },
  TypeProto: {
    tensorType: [1, "TensorTypeProto", "oneof"],
    sequenceType: [4, "ElementTypeProto", "oneof"],
    mapType: [5, "MapTypeProto", "oneof"],
    denotation: [6, "string"],
    opaqueType: [7, "OpaqueTypeProto", "oneof"],
    sparseTensorType: [8, "TensorTypeProto", "oneof"],
    optionalType: [9, "ElementTypeProto", "oneof"],
  },
  TensorTypeProto: { elemType: [1, "int32"], shape: [2, "TensorShapeProto"] },
  ElementTypeProto: { elemType: [1, "TypeProto"] },
  MapTypeProto: { keyType: [1, "int32"], valueType: [2, "TypeProto"] },
  OpaqueTypeProto: { domain: [1, "string"], name: [2, "string"] },
  TensorShapeProto: { dim: [1, "DimensionProto[]"] },
  DimensionProto: {
    dimValue: [1, "int64", "oneof"],
    dimParam: [2, "string", "oneof"],
    denotation: [3, "string"],
  },
  StringStringEntryProto: { key: [1, "string"], value: [2, "string"] },
  OperatorSetIdProto: { domain: [1, "string"], version: [2, "int64"] },
  TensorAnnotation: {
    tensorName: [1, "string"],
    quantParameterTensorNames: [2, "StringStringEntryProto[]"],
  },
  FunctionProto: {
    name: [1, "string"],
    input: [4, "string[]"],
    output: [5, "string[]"],
    attribute: [6, "string[]"],
    node: [7, "NodeProto[]"],
    docString: [8, "string"],
    opsetImport: [9, "OperatorSetIdProto[]"],
    domain: [10, "string"],
    attributeProto: [11, "AttributeProto[]"],
    valueInfo: [12, "ValueInfoProto[]"],
    overload: [13, "string"],
    metadataProps: [14, "StringStringEntryProto[]"],
  },
  TrainingInfoProto: {
    initialization: [1, "GraphProto"],
    algorithm: [2, "GraphProto"],
    initializationBinding: [3, "StringStringEntryProto[]"],
    updateBinding: [4, "StringStringEntryProto[]"],
  },
  DeviceConfigurationProto: { name: [1, "string"], numDevices: [2, "int32"], device: [3, "string[]"] },
  NodeDeviceConfigurationProto: {
    configurationId: [1, "string"],
    shardingSpec: [2, "ShardingSpecProto[]"],
    pipelineStage: [3, "int32"],
  },
  ShardingSpecProto: {
    tensorName: [1, "string"],
    device: [2, "int64[]"],
    indexToDeviceGroupMap: [3, "IntIntListEntryProto[]"],
    shardedDim: [4, "ShardedDimProto[]"],
  },
  IntIntListEntryProto: { key: [1, "int64"], value: [2, "int64[]"] },
  ShardedDimProto: { axis: [1, "int64"], simpleSharding: [2, "SimpleShardedDimProto[]"] },
  SimpleShardedDimProto: {
    dimValue: [1, "int64", "oneof"],
    dimParam: [2, "string", "oneof"],
    numShards: [3, "int64"],
  },
} as const satisfies Schema;

export type OnnxSchema = typeof ONNX_SCHEMA;
export type OnnxMessageName = keyof OnnxSchema;
export type OnnxMessage<M extends OnnxMessageName> = MessageOf<OnnxSchema, M>;

export type ModelProto = OnnxMessage<"ModelProto">;
export type GraphProto = OnnxMessage<"GraphProto">;
export type NodeProto = OnnxMessage<"NodeProto">;
export type AttributeProto = OnnxMessage<"AttributeProto">;
export type ValueInfoProto = OnnxMessage<"ValueInfoProto">;
export type TensorProto = OnnxMessage<"TensorProto">;
export type TypeProto = OnnxMessage<"TypeProto">;
export type DimensionProto = OnnxMessage<"DimensionProto">;
export type EntryProto = OnnxMessage<"StringStringEntryProto">;

/** The schema compiled for decoder and encoder. */
export const ONNX_MESSAGES = /* @__PURE__ */ compileSchema(ONNX_SCHEMA);

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  type: 13,
  types: 14,
} as const;

/** TensorProto.DataLocation of a tensor that lies in a file of its own. */
export const LOCATION_EXTERNAL = 1;
