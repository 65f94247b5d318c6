import { internalError } from "../util/errors.js";
import { defineBlob, type ByteSource } from "./byte-source.js";
import { WIRE_BYTES, type AnyMessage, type Field, type Message, type PackedKind } from "./messages.js";
import { append, readPacked, readSingle, type PackedArray } from "./packed.js";
import { Reader } from "./reader.js";

/**
 * Decode one message by its schema. Byte fields are views of the input; unknown fields are kept.
 *
 * @param what the input as a person would name it, for errors
 * @throws MattelierError `invalid-model` with the byte's offset: truncated, not protobuf, lengths that do not fit,
 *   more than 100 levels
 */
export function decodeMessage(
  message: Message,
  input: Uint8Array | ByteSource,
  what: string = message.name,
): AnyMessage {
  const reader = new Reader(input, what);
  const target: AnyMessage = {};
  decodeInto(reader, message, target, reader.size);
  return target;
}

function decodeInto(reader: Reader, message: Message, target: AnyMessage, end: number): void {
  const { byNumber } = message;
  while (reader.offset < end) {
    const start = reader.offset;
    const tag = reader.tag();
    const field = byNumber[tag >>> 3];
    if (field === undefined || !readField(reader, field, tag & 7, target, end))
      target.unknownFields = append(target.unknownFields, reader.rawField(start, tag, end));
  }
  if (reader.offset > end)
    reader.fail(`${message.name} to end at byte ${end}`, "a field that goes on beyond it", reader.offset);
}

/** @returns false when the wire type is not the field's: then it is an unknown field, as protobuf has it */
function readField(reader: Reader, field: Field, wire: number, target: AnyMessage, end: number): boolean {
  if (field.packed !== undefined) return readPackedField(reader, field, field.packed, wire, target, end);
  const { name } = field;
  if (wire !== field.elementWire) {
    if (wire !== WIRE_BYTES || !field.repeated) return false;
    readPackedElements(reader, field, target, end);
    return true;
  }
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a oneof: the last one counts
  for (const rival of field.rivals) delete target[rival];
  if (field.repeated) listOf(target, name).push(readValue(reader, field, undefined, end));
  else if (field.kind === "blob") defineBlob(target, name, reader.blob(reader.length(end)));
  else target[name] = readValue(reader, field, target[name], end);
  return true;
}

function readValue(reader: Reader, field: Field, earlier: unknown, end: number): unknown {
  switch (field.kind) {
    case "message":
      return readMessage(reader, field, earlier, end);
    case "string":
      return reader.text(reader.length(end));
    case "bytes":
      return reader.bytes(reader.length(end));
    case "int64":
      return reader.int64();
    case "int32":
      return reader.int32();
    case "float":
      return reader.float();
    case "double":
      return reader.double();
    default:
      throw internalError(`schema field ${field.name}`, "a kind that is one value", field.kind);
  }
}

/** A single message that comes twice is merged, as protobuf has it. */
function readMessage(reader: Reader, field: Field, earlier: unknown, end: number): AnyMessage {
  const message = (earlier ?? {}) as AnyMessage;
  const length = reader.length(end);
  reader.enter(field.name);
  decodeInto(reader, field.message!, message, reader.offset + length);
  reader.leave();
  return message;
}

/** A packed list may come in several pieces, or element by element. */
function readPackedField(
  reader: Reader,
  { name, elementWire }: Field,
  kind: PackedKind,
  wire: number,
  target: AnyMessage,
  end: number,
): boolean {
  if (wire !== WIRE_BYTES && wire !== elementWire) return false;
  const list = wire === WIRE_BYTES ? readPacked(reader, kind, reader.length(end)) : readSingle(reader, kind);
  if (list.length > 0) target[name] = append(target[name] as PackedArray | undefined, list);
  return true;
}

/** Lists whose schema says one field per element are read in packed form too. */
function readPackedElements(reader: Reader, field: Field, target: AnyMessage, end: number): void {
  const length = reader.length(end);
  if (length === 0) return;
  const list = listOf(target, field.name);
  const until = reader.offset + length;
  while (reader.offset < until) list.push(readValue(reader, field, undefined, until));
  if (reader.offset > until)
    reader.fail("elements that fill the packed list", "one that goes on beyond it", reader.offset);
}

function listOf(target: AnyMessage, name: string): unknown[] {
  return (target[name] ??= []) as unknown[];
}
