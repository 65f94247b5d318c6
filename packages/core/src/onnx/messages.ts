/**
 * Protobuf messages described by data: field name → [number, kind]. One table drives decoder, encoder and types.
 *
 * Kinds: a scalar (`int64`), a list of one field per element (`int64[]`), a packed list (`packed int64`, a typed
 * array), another message (`NodeProto`, `NodeProto[]`). Fields marked `"oneof"` displace one another.
 */
export type FieldSpec =
  readonly [number: number, kind: string] | readonly [number: number, kind: string, oneof: "oneof"];
export type MessageSpec = Readonly<Record<string, FieldSpec>>;
export type Schema = Readonly<Record<string, MessageSpec>>;

/** What the kinds of single fields look like in memory. An int64 is a bigint only where a number would be inexact. */
export interface ScalarTypes {
  int32: number;
  int64: number | bigint;
  float: number;
  double: number;
  /** Bytes that are no UTF-8 become lone surrogates (U+DC80 + byte − 0x80), and are written back as they were. */
  string: string;
  bytes: Uint8Array;
  /** Bytes that may be large: a view of the input, never copied; from files, read apart or on first use. */
  blob: Uint8Array;
}

/** Packed lists of numbers. */
export interface PackedTypes {
  "packed float": Float32Array;
  "packed double": Float64Array;
  "packed int32": Int32Array;
  "packed int64": BigInt64Array;
  "packed uint64": BigUint64Array;
}

type TypeOfKind<S extends Schema, K extends string> = K extends keyof ScalarTypes
  ? ScalarTypes[K]
  : K extends keyof PackedTypes
    ? PackedTypes[K]
    : K extends `${infer E}[]`
      ? readonly TypeOfKind<S, E>[]
      : K extends keyof S & string
        ? MessageOf<S, K>
        : never;

/** A message: a field that is absent is an absent property; a list without elements is absent too. */
export type MessageOf<S extends Schema, M extends keyof S> = {
  readonly [F in keyof S[M]]?: TypeOfKind<S, S[M][F][1]>;
} & {
  /** Fields that the schema does not know, with their tags, as they came; written back at the message's end. */
  readonly unknownFields?: Uint8Array;
};

/** Any message, as decoder and encoder see it. */
export type AnyMessage = Record<string, unknown> & { unknownFields?: Uint8Array };

export const WIRE_VARINT = 0;
export const WIRE_64 = 1;
export const WIRE_BYTES = 2;
export const WIRE_GROUP = 3;
export const WIRE_GROUP_END = 4;
export const WIRE_32 = 5;

export type PackedKind = keyof PackedTypes;
export type FieldKind = keyof ScalarTypes | PackedKind | "message";

/** One field of a compiled message. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** The kind again, of packed lists only. */
  readonly packed: PackedKind | undefined;
  readonly repeated: boolean;
  /** Names of the fields that this one displaces. */
  readonly rivals: readonly string[];
  /** Tag as written: number and wire type. */
  readonly tag: number;
  /** Wire type of one element: what a packed list's elements have when they come singly. */
  readonly elementWire: number;
  readonly message: Message | undefined;
}

/** One message of a compiled schema. */
export interface Message {
  readonly name: string;
  /** By field number; holes are unknown fields. */
  readonly byNumber: (Field | undefined)[];
  /** In the order of field numbers, the order that protobuf's own encoders write. */
  readonly inOrder: readonly Field[];
}

const WIRE_OF: Readonly<Record<FieldKind, number>> = {
  int32: WIRE_VARINT,
  int64: WIRE_VARINT,
  float: WIRE_32,
  double: WIRE_64,
  string: WIRE_BYTES,
  bytes: WIRE_BYTES,
  blob: WIRE_BYTES,
  "packed float": WIRE_32,
  "packed double": WIRE_64,
  "packed int32": WIRE_VARINT,
  "packed int64": WIRE_VARINT,
  "packed uint64": WIRE_VARINT,
  message: WIRE_BYTES,
};

/** Compile a schema: resolve names, order fields. */
export function compileSchema<S extends Schema>(schema: S): { readonly [M in keyof S]: Message } {
  const messages: Record<string, Message & { inOrder: readonly Field[] }> = {};
  for (const name of Object.keys(schema)) messages[name] = { name, byNumber: [], inOrder: [] };
  for (const [name, spec] of Object.entries(schema)) {
    const message = messages[name]!;
    const oneof = Object.entries(spec).filter(([, field]) => field[2] !== undefined);
    for (const [fieldName, [number, text, inOneof]] of Object.entries(spec)) {
      const repeated = text.endsWith("[]");
      const base = repeated ? text.slice(0, -2) : text;
      const target = messages[base];
      const kind = target === undefined ? (base as FieldKind) : "message";
      const packed = kind.startsWith("packed ") ? (kind as PackedKind) : undefined;
      const elementWire = WIRE_OF[kind];
      message.byNumber[number] = {
        name: fieldName,
        kind,
        packed,
        repeated,
        rivals: inOneof === undefined ? [] : oneof.map(([rival]) => rival).filter((r) => r !== fieldName),
        tag: number * 8 + (packed === undefined ? elementWire : WIRE_BYTES),
        elementWire,
        message: target,
      };
    }
    message.inOrder = message.byNumber.filter((field) => field !== undefined);
  }
  return messages as { readonly [M in keyof S]: Message };
}
