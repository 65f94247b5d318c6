import { MattelierError } from "../util/errors.js";
import type { ByteSource } from "./byte-source.js";
import { WIRE_BYTES } from "./messages.js";
import { decodeOnnx, encodeOnnx } from "./model.js";
import { Reader } from "./reader.js";
import { ONNX_MESSAGES, ONNX_SCHEMA, type EntryProto } from "./schema.js";

const METADATA_TAG = ONNX_SCHEMA.ModelProto.metadataProps[0] * 8 + WIRE_BYTES;

/**
 * A model's metadata properties, without decoding the model: weights are passed over.
 * @throws MattelierError `invalid-model` when the input is no model, or is cut off
 */
export function readModelMetadata(bytes: Uint8Array, what = "ONNX model"): Record<string, string> {
  return scanMetadata(bytes, what);
}

/** As {@link readModelMetadata}, from anything that can be read in pieces. */
export function scanMetadata(input: Uint8Array | ByteSource, what: string): Record<string, string> {
  const entries: EntryProto[] = [];
  scan(input, what, (reader, tag, _start, end) => {
    if (tag !== METADATA_TAG) reader.skipField(tag, end);
    else entries.push(decodeOnnx("StringStringEntryProto", reader.bytes(reader.length(end))));
  });
  return recordOf(entries);
}

/** Entries as a record; of keys that come twice the last counts. */
export function recordOf(entries: readonly EntryProto[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ key, value }) => [key ?? "", value ?? ""]));
}

/** A record as entries, in its order. */
export function entriesOf(record: Readonly<Record<string, string>>): EntryProto[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

/**
 * The same model with other metadata properties: all of them are replaced. Nothing else is decoded or changed, so it
 * costs one copy of the bytes.
 */
export function setModelMetadata(
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
  what = "ONNX model",
): Uint8Array {
  const pieces = planMetadata(bytes, metadata, what).map((piece) =>
    piece instanceof Uint8Array ? piece : bytes.subarray(piece.start, piece.end),
  );
  const out = new Uint8Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    out.set(piece, position);
    position += piece.length;
  }
  return out;
}

/** A part of the input, by offsets. */
export interface Range {
  readonly start: number;
  end: number;
}

/** The model with other metadata as pieces: parts of the input and new bytes between them. */
export function planMetadata(
  input: Uint8Array | ByteSource,
  metadata: Readonly<Record<string, string>>,
  what: string,
): (Range | Uint8Array)[] {
  const before: Range[] = [];
  const after: Range[] = [];
  scan(input, what, (reader, tag, start, end) => {
    reader.skipField(tag, end);
    if (tag === METADATA_TAG) return;
    const ranges = tag > METADATA_TAG || after.length > 0 ? after : before;
    const last = ranges.at(-1);
    if (last?.end === start) last.end = reader.offset;
    else ranges.push({ start, end: reader.offset });
  });
  return [...before, encodeOnnx("ModelProto", { metadataProps: entriesOf(metadata) }), ...after];
}

/** Reads or passes over the field whose tag has been read; it starts at `start`. */
type Visit = (reader: Reader, tag: number, start: number, end: number) => void;

/** Walk over a model's own fields. */
function scan(input: Uint8Array | ByteSource, what: string, visit: Visit): void {
  const reader = new Reader(input, what);
  const end = reader.size;
  let known = false;
  while (reader.offset < end) {
    const start = reader.offset;
    const tag = reader.tag();
    known ||= ONNX_MESSAGES.ModelProto.byNumber[tag >>> 3]?.tag === tag;
    visit(reader, tag, start, end);
  }
  if (!known)
    throw new MattelierError({
      code: "invalid-model",
      where: `${what}, byte 0`,
      expected: "an ONNX model",
      got: end === 0 ? "no bytes" : "something without any of a model's fields",
    });
}
