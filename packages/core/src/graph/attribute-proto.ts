import { ATTRIBUTE_TYPES, type AttributeProto } from "../onnx/schema.js";
import { isHeld, protoOfTensor, tensorOfProto } from "../onnx/tensor.js";
import { decodeUtf8, encodeUtf8, isWellFormed } from "../onnx/utf8.js";
import type { Attribute } from "./graph.js";

/** Longer strings are blobs (compiled models, for instance), which nobody reads as text. */
const MAX_TEXT = 1 << 16;

/** An attribute of a file. What the kinds of {@link Attribute} cannot hold whole stays its message, opaque. */
export function attributeOfProto(proto: AttributeProto): Attribute {
  const opaque: Attribute = { kind: "opaque", value: proto };
  if (proto.refAttrName !== undefined && proto.refAttrName !== "") return opaque;
  switch (proto.type ?? typeByContents(proto)) {
    case ATTRIBUTE_TYPES.float:
      return { kind: "float", value: proto.f ?? 0 };
    case ATTRIBUTE_TYPES.int:
      return { kind: "int", value: proto.i ?? 0 };
    case ATTRIBUTE_TYPES.string: {
      const value = textOf(proto.s ?? new Uint8Array(0));
      return value === undefined ? opaque : { kind: "string", value };
    }
    case ATTRIBUTE_TYPES.tensor:
      return proto.t === undefined || !isHeld(proto.t)
        ? opaque
        : { kind: "tensor", value: tensorOfProto(proto.t) };
    case ATTRIBUTE_TYPES.floats:
      return { kind: "floats", value: proto.floats ?? [] };
    case ATTRIBUTE_TYPES.ints:
      return { kind: "ints", value: proto.ints ?? [] };
    case ATTRIBUTE_TYPES.strings: {
      const value = (proto.strings ?? []).map(textOf);
      return value.every((text) => text !== undefined) ? { kind: "strings", value } : opaque;
    }
    default:
      return opaque;
  }
}

/** An attribute for a file. */
export function protoOfAttribute(name: string, attribute: Attribute): AttributeProto {
  const { kind, value } = attribute;
  switch (kind) {
    case "float":
      return { name, f: value, type: ATTRIBUTE_TYPES.float };
    case "int":
      return { name, i: value, type: ATTRIBUTE_TYPES.int };
    case "string":
      return { name, s: encodeUtf8(value), type: ATTRIBUTE_TYPES.string };
    case "tensor":
      return { name, t: protoOfTensor(value), type: ATTRIBUTE_TYPES.tensor };
    case "floats":
      return { name, floats: value, type: ATTRIBUTE_TYPES.floats };
    case "ints":
      return { name, ints: value, type: ATTRIBUTE_TYPES.ints };
    case "strings":
      return { name, strings: value.map(encodeUtf8), type: ATTRIBUTE_TYPES.strings };
    case "opaque":
      return { ...(value as AttributeProto), name };
  }
}

/** Files of the first IR versions say no type: the one field that is there tells. */
function typeByContents(proto: AttributeProto): number | undefined {
  const fields = {
    f: ATTRIBUTE_TYPES.float,
    i: ATTRIBUTE_TYPES.int,
    s: ATTRIBUTE_TYPES.string,
    t: ATTRIBUTE_TYPES.tensor,
    floats: ATTRIBUTE_TYPES.floats,
    ints: ATTRIBUTE_TYPES.ints,
    strings: ATTRIBUTE_TYPES.strings,
  } as const;
  const present = (Object.keys(fields) as (keyof typeof fields)[]).filter(
    (field) => proto[field] !== undefined,
  );
  return present.length === 1 ? fields[present[0]!] : undefined;
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_TEXT) return undefined;
  const text = decodeUtf8(bytes);
  return isWellFormed(text) ? text : undefined;
}
