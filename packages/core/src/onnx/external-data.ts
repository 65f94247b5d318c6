import { MattelierError } from "../util/errors.js";
import { sizeOf } from "../util/tensor-data.js";
import { defineBlob, type LazyBlob } from "./byte-source.js";
import { storedBytes } from "./data-types.js";
import type { AnyMessage, Message } from "./messages.js";
import {
  LOCATION_EXTERNAL,
  ONNX_MESSAGES,
  type EntryProto,
  type ModelProto,
  type TensorProto,
} from "./schema.js";

/** Where a tensor's bytes lie beside the model. */
export interface ExternalData {
  /** Relative path with forward slashes, inside the model's folder. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
  /** SHA-1 of the whole file, in hexadecimal. */
  readonly checksum?: string;
}

export interface ExternalTensor extends ExternalData {
  readonly tensor: TensorProto;
}

/**
 * Every tensor of a model (nested graphs and functions too) whose bytes lie in another file.
 * @throws MattelierError `invalid-model` for locations outside the model's folder, and for lengths that do not fit
 */
export function externalTensors(model: ModelProto): ExternalTensor[] {
  const found: ExternalTensor[] = [];
  visitMessages(ONNX_MESSAGES.ModelProto, model, ONNX_MESSAGES.TensorProto, (message) => {
    const tensor = message as TensorProto;
    if (tensor.dataLocation === LOCATION_EXTERNAL) found.push({ tensor, ...parse(tensor) });
  });
  return found;
}

/**
 * Bring the weights that lie in other files into the model, in place: every external tensor becomes one with raw data.
 *
 * @param read contents of one tensor: `length` bytes from `offset` on of the file at `location` beside the model
 * @throws MattelierError as {@link externalTensors}
 */
export function resolveExternalData(
  model: ModelProto,
  read: (data: ExternalData) => Uint8Array | LazyBlob,
): void {
  for (const external of externalTensors(model)) placeInside(external.tensor, read(external));
}

/** Make an external tensor one with raw data, in place. */
export function placeInside(tensor: TensorProto, blob: Uint8Array | LazyBlob): void {
  const message = tensor as AnyMessage;
  delete message.externalData;
  delete message.dataLocation;
  defineBlob(message, "rawData", blob);
}

/** The same tensor with its bytes elsewhere. */
export function placeOutside(tensor: TensorProto, { location, offset, length }: ExternalData): TensorProto {
  const { dims, dataType, segment, name, docString, metadataProps, unknownFields } = tensor;
  const externalData: EntryProto[] = [
    { key: "location", value: location },
    { key: "offset", value: String(offset) },
    { key: "length", value: String(length) },
  ];
  const kept = { dims, dataType, segment, name, docString, metadataProps, unknownFields };
  return {
    ...(Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as TensorProto),
    externalData,
    dataLocation: LOCATION_EXTERNAL,
  };
}

function parse(tensor: TensorProto): ExternalData {
  const where = `tensor ${tensor.name ?? ""}`;
  const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));
  const fail = (expected: string, got: string): never => {
    throw new MattelierError({ code: "invalid-model", where, expected, got });
  };
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) fail(`a whole number as external ${key}`, text);
    return value;
  };
  const location = entries.get("location") ?? "";
  if (!isInside(location))
    fail("external data in a file inside the model's folder, by a relative path", JSON.stringify(location));
  const expected = storedBytes(tensor.dataType ?? 0, sizeOf((tensor.dims ?? []).map(Number)));
  const length = number("length") ?? expected;
  if (length === undefined) return fail("a length for external data of this type", "none");
  if (expected !== undefined && length !== expected)
    fail(`${expected} bytes of external data for its shape`, String(length));
  const checksum = entries.get("checksum");
  return {
    location,
    offset: number("offset") ?? 0,
    length,
    ...(checksum === undefined || checksum === "" ? {} : { checksum: checksum.toLowerCase() }),
  };
}

/** Relative, without a way up or a drive, so that a model cannot name files that are none of its own. */
function isInside(location: string): boolean {
  if (location === "" || /[\\\0]/.test(location) || /^[A-Za-z]:/.test(location)) return false;
  return !location.startsWith("/") && !location.split("/").includes("..");
}

function visitMessages(
  message: Message,
  value: AnyMessage,
  wanted: Message,
  visit: (message: AnyMessage) => void,
): void {
  if (message === wanted) {
    visit(value);
    return;
  }
  for (const field of message.inOrder) {
    const content = value[field.name];
    if (field.message === undefined || content === undefined) continue;
    const list = (field.repeated ? content : [content]) as AnyMessage[];
    for (const nested of list) visitMessages(field.message, nested, wanted, visit);
  }
}
