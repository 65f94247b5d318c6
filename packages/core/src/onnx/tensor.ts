import { arrayConstructor, byteLength, type DType, type NumericArray } from "../util/dtype.js";
import { MattelierError } from "../util/errors.js";
import { sizeOf, type TensorData } from "../util/tensor-data.js";
import { lazyBlobOf } from "./byte-source.js";
import { DATA_TYPE_CODES, dataTypeName, dtypeOfCode } from "./data-types.js";
import { LOCATION_EXTERNAL, type TensorProto } from "./schema.js";
import { decodeUtf8, encodeUtf8 } from "./utf8.js";

/**
 * A tensor of a file. Its contents are made when first asked for: a view of the file's bytes where their address
 * allows it, a copy otherwise (odd addresses, the schema's typed lists, lazy files). Not to be written to.
 */
export class StoredTensor implements TensorData {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** As it is in the file; what an unchanged tensor is written back as. */
  readonly proto: TensorProto;
  #data: NumericArray | readonly string[] | undefined;

  constructor(proto: TensorProto, dtype: DType, shape: readonly number[]) {
    this.proto = proto;
    this.dtype = dtype;
    this.shape = shape;
  }

  get data(): NumericArray | readonly string[] {
    return (this.#data ??= contentsOf(this.proto, this.dtype));
  }
}

/** Is this an element type that tensors in memory can have? Complex numbers and 8-bit floats stay in their message. */
export function isHeld(proto: TensorProto): boolean {
  return dtypeOfCode(proto.dataType ?? 0) !== undefined;
}

/**
 * A tensor message as a tensor.
 * @throws MattelierError `invalid-model` when the contents do not fill the shape; `unsupported` for element types we
 *   do not hold, and for weights that were left in their own file
 */
export function tensorOfProto(proto: TensorProto): StoredTensor {
  const where = `tensor ${proto.name ?? ""}`.trimEnd();
  const dtype = dtypeOfCode(proto.dataType ?? 0);
  if (dtype === undefined)
    throw new MattelierError({
      code: "unsupported",
      where,
      expected: `an element type among ${Object.keys(DATA_TYPE_CODES).join(", ")}`,
      got: dataTypeName(proto.dataType ?? 0),
    });
  if (proto.dataLocation === LOCATION_EXTERNAL)
    throw new MattelierError({
      code: "unsupported",
      where,
      expected: "weights in memory",
      got: `weights left in the file ${proto.externalData?.find(({ key }) => key === "location")?.value ?? "?"}`,
      fix: "read the model with readModelFile, or resolveExternalData first",
    });
  const shape = (proto.dims ?? []).map(Number);
  const fail = (expected: string, got: string): never => {
    throw new MattelierError({ code: "invalid-model", where, expected, got });
  };
  const count = sizeOf(shape);
  if (!shape.every((dim) => dim >= 0) || !Number.isSafeInteger(count))
    fail("sizes of 0 or more with a product below 2⁵³", `[${shape.join(",")}]`);
  if (proto.segment !== undefined) fail("a whole tensor", "a segment of one");
  const { expected, got, unit } = extent(proto, dtype, count);
  if (expected !== got) fail(`${expected} ${unit} for ${dtype}[${shape.join(",")}]`, String(got));
  return new StoredTensor(proto, dtype, shape);
}

/** A tensor as a message: raw little-endian bytes, a view of the tensor's own. Unchanged ones are as in their file. */
export function protoOfTensor(tensor: TensorData, name?: string): TensorProto {
  if (tensor instanceof StoredTensor && (name === undefined || name === (tensor.proto.name ?? "")))
    return tensor.proto;
  const stored = tensor instanceof StoredTensor ? tensor.proto : undefined;
  const { data } = tensor;
  return {
    ...(tensor.shape.length === 0 ? {} : { dims: tensor.shape }),
    dataType: DATA_TYPE_CODES[tensor.dtype],
    ...(name === undefined ? {} : { name }),
    ...(stored?.docString === undefined ? {} : { docString: stored.docString }),
    ...(stored?.metadataProps === undefined ? {} : { metadataProps: stored.metadataProps }),
    ...(isStrings(data) ? { stringData: data.map(encodeUtf8) } : { rawData: bytesOf(data) }),
  };
}

/** A tensor message's contents as raw little-endian bytes, whichever field holds them; undefined for strings. */
export function rawBytesOf(proto: TensorProto): Uint8Array | undefined {
  if (proto.rawData !== undefined) return proto.rawData;
  const dtype = dtypeOfCode(proto.dataType ?? 0);
  if (dtype === undefined || dtype === "string") return undefined;
  return bytesOf(contentsOf(proto, dtype) as NumericArray);
}

const isStrings = (data: NumericArray | readonly string[]): data is readonly string[] => Array.isArray(data);

const bytesOf = (data: NumericArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** How much the message holds, against what the shape asks for. */
function extent(
  proto: TensorProto,
  dtype: DType,
  count: number,
): { expected: number; got: number; unit: string } {
  if (dtype === "string") return { expected: count, got: proto.stringData?.length ?? 0, unit: "strings" };
  const rawLength = lazyBlobOf(proto)?.length ?? proto.rawData?.length;
  if (rawLength !== undefined)
    return { expected: byteLength(dtype, count), got: rawLength, unit: "bytes of raw data" };
  const packed = dtype === "int4" || dtype === "uint4";
  const got = typedListOf(proto, dtype)?.length ?? 0;
  return { expected: packed ? Math.ceil(count / 2) : count, got, unit: "numbers" };
}

/** The schema's typed list that holds tensors of a type. */
function typedListOf(proto: TensorProto, dtype: Exclude<DType, "string">): NumericArray | undefined {
  switch (dtype) {
    case "float32":
      return proto.floatData;
    case "float64":
      return proto.doubleData;
    case "int64":
      return proto.int64Data;
    case "uint32":
    case "uint64":
      return proto.uint64Data;
    default:
      return proto.int32Data;
  }
}

function contentsOf(proto: TensorProto, dtype: DType): NumericArray | readonly string[] {
  if (dtype === "string") return (proto.stringData ?? []).map(decodeUtf8);
  const make = arrayConstructor(dtype);
  const raw = proto.rawData;
  if (raw !== undefined) {
    const length = raw.length / make.BYTES_PER_ELEMENT;
    if (raw.byteOffset % make.BYTES_PER_ELEMENT === 0) return new make(raw.buffer, raw.byteOffset, length);
    return new make(new Uint8Array(raw).buffer, 0, length);
  }
  const list = typedListOf(proto, dtype);
  if (list === undefined) return new make(0);
  if (list.constructor === make) return list;
  const data = new make(list.length); // narrower than the list's elements, which hold its bits
  for (let i = 0; i < list.length; i++) data[i] = dtype === "uint32" ? Number(list[i]) : list[i]!;
  return data;
}
