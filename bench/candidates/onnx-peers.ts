// Protobuf libraries set up with the ONNX schema, from our own table of it: peers of bench/onnx-codec.ts.
import { create, createFileRegistry, fromBinary, toBinary, type DescMessage } from "@bufbuild/protobuf";
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";
import { ONNX_SCHEMA } from "@mattelier/core/onnx";
import protobufjs from "protobufjs";

/** What the bench does with any codec. */
export interface Peer {
  decode(bytes: Uint8Array): unknown;
  encode(model: unknown): Uint8Array;
  /** Raw bytes of the initialisers. */
  weights(model: unknown): Uint8Array[];
  metadata(model: unknown): string;
}

interface PeerModel {
  readonly graph: { readonly initializer: { readonly rawData: Uint8Array }[] };
  readonly metadataProps: { readonly value: string }[];
}

const weights = (model: unknown): Uint8Array[] =>
  (model as PeerModel).graph.initializer.map(({ rawData }) => rawData);
const metadata = (model: unknown): string => (model as PeerModel).metadataProps[0]!.value;

const fieldsOf = (spec: (typeof ONNX_SCHEMA)[keyof typeof ONNX_SCHEMA]) =>
  Object.entries(spec).map(([name, [number, text]]: [string, readonly [number, string, ...unknown[]]]) => {
    const packed = text.startsWith("packed ");
    const list = text.endsWith("[]");
    const base = packed ? text.slice(7) : list ? text.slice(0, -2) : text;
    return { name, number, packed, repeated: packed || list, type: base === "blob" ? "bytes" : base };
  });

export function protobufJs(): Peer {
  const nested = Object.fromEntries(
    Object.entries(ONNX_SCHEMA).map(([message, spec]) => [
      message,
      {
        fields: Object.fromEntries(
          fieldsOf(spec).map(({ name, number, packed, repeated, type }) => [
            name,
            { id: number, type, ...(repeated ? { rule: "repeated", options: { packed } } : {}) },
          ]),
        ),
      },
    ]),
  );
  const type = protobufjs.Root.fromJSON({ nested }).lookupType("ModelProto");
  return {
    decode: (bytes) => type.decode(bytes),
    encode: (model) => type.encode(model as object).finish(),
    weights,
    metadata,
  };
}

const SCALARS: Readonly<Record<string, Type>> = {
  int32: Type.INT32,
  int64: Type.INT64,
  uint64: Type.UINT64,
  float: Type.FLOAT,
  double: Type.DOUBLE,
  string: Type.STRING,
  bytes: Type.BYTES,
};

export function bufbuild(): Peer {
  const file = {
    name: "onnx.proto",
    package: "onnx",
    syntax: "proto2",
    messageType: Object.entries(ONNX_SCHEMA).map(([message, spec]) => ({
      name: message,
      field: fieldsOf(spec).map(({ name, number, packed, repeated, type }) => ({
        name,
        jsonName: name,
        number,
        label: repeated ? Label.REPEATED : Label.OPTIONAL,
        type: SCALARS[type] ?? Type.MESSAGE,
        ...(type in SCALARS ? {} : { typeName: `.onnx.${type}` }),
        ...(packed ? { options: { packed } } : {}),
      })),
    })),
  };
  const registry = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] }));
  const schema: DescMessage = registry.getMessage("onnx.ModelProto")!;
  return {
    decode: (bytes) => fromBinary(schema, bytes),
    encode: (model) => toBinary(schema, model as ReturnType<typeof fromBinary>),
    weights,
    metadata,
  };
}
