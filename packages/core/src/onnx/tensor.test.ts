import { describe, expect, it } from "vitest";
import { arrayConstructor, type DType, type NumericArray } from "../util/dtype.js";
import type { TensorData } from "../util/tensor-data.js";
import { DATA_TYPE_CODES, dataTypeName, dtypeOfCode, storedBytes } from "./data-types.js";
import { decodeOnnx, encodeOnnx } from "./model.js";
import type { TensorProto } from "./schema.js";
import { isHeld, protoOfTensor, rawBytesOf, tensorOfProto } from "./tensor.js";

const DTYPES = Object.keys(DATA_TYPE_CODES) as DType[];

/** Six elements of a type, packed as the type is. */
function sample(dtype: DType): TensorData {
  if (dtype === "string") return { dtype, shape: [2, 3], data: ["a", "", "ü", "日本", "\udcff", "😀"] };
  const make = arrayConstructor(dtype);
  const count = dtype === "int4" || dtype === "uint4" ? 3 : 6;
  const bytes = Uint8Array.from({ length: count * make.BYTES_PER_ELEMENT }, (_, i) => (i * 37 + 129) & 0xff);
  const data = dtype === "bool" ? Uint8Array.of(1, 0, 1, 1, 0, 0) : new make(bytes.buffer);
  return { dtype, shape: [2, 3], data };
}

describe("every element type", () => {
  it.each(DTYPES)("%s comes back from raw bytes, at any address", (dtype) => {
    const tensor = sample(dtype);
    for (const name of ["w", "ww", "www", "wwww", "a longer name"]) {
      const proto = decodeOnnx("TensorProto", encodeOnnx("TensorProto", protoOfTensor(tensor, name)));
      expect(proto.name).toBe(name);
      const back = tensorOfProto(proto);
      expect({ dtype: back.dtype, shape: back.shape, data: back.data }).toEqual(tensor);
      expect(back.data).toBe(back.data);
    }
  });

  it.each(DTYPES)("%s is written back as it was read", (dtype) => {
    const proto: TensorProto = { ...protoOfTensor(sample(dtype), "w"), docString: "doc" };
    const tensor = tensorOfProto(proto);
    expect(protoOfTensor(tensor)).toBe(proto);
    expect(protoOfTensor(tensor, "w")).toBe(proto);
    expect(protoOfTensor(tensor, "v")).toEqual({ ...proto, name: "v" });
  });

  const typed: readonly (readonly [DType, TensorProto, NumericArray])[] = [
    ["float32", { floatData: Float32Array.of(1.5, -2) }, Float32Array.of(1.5, -2)],
    ["float64", { doubleData: Float64Array.of(1.5, -2) }, Float64Array.of(1.5, -2)],
    ["float16", { int32Data: Int32Array.of(0x3c00, 0xc000) }, Uint16Array.of(0x3c00, 0xc000)],
    ["bfloat16", { int32Data: Int32Array.of(0x3f80, 0xc000) }, Uint16Array.of(0x3f80, 0xc000)],
    ["int8", { int32Data: Int32Array.of(-128, 127) }, Int8Array.of(-128, 127)],
    ["uint8", { int32Data: Int32Array.of(0, 255) }, Uint8Array.of(0, 255)],
    ["int16", { int32Data: Int32Array.of(-32768, 32767) }, Int16Array.of(-32768, 32767)],
    ["uint16", { int32Data: Int32Array.of(0, 65535) }, Uint16Array.of(0, 65535)],
    ["int32", { int32Data: Int32Array.of(-1, 2 ** 31 - 1) }, Int32Array.of(-1, 2 ** 31 - 1)],
    ["uint32", { uint64Data: BigUint64Array.of(0n, 2n ** 32n - 1n) }, Uint32Array.of(0, 2 ** 32 - 1)],
    ["int64", { int64Data: BigInt64Array.of(-1n, 1n) }, BigInt64Array.of(-1n, 1n)],
    ["uint64", { uint64Data: BigUint64Array.of(0n, 2n ** 64n - 1n) }, BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ["bool", { int32Data: Int32Array.of(1, 0) }, Uint8Array.of(1, 0)],
    ["int4", { int32Data: Int32Array.of(0xf8) }, Uint8Array.of(0xf8)],
    ["uint4", { int32Data: Int32Array.of(0x1f) }, Uint8Array.of(0x1f)],
  ];

  it("is in the table below", () => {
    expect(typed.map(([dtype]) => dtype).sort()).toEqual(DTYPES.filter((dtype) => dtype !== "string").sort());
  });

  it.each(typed)("%s is read from its typed list", (dtype, list, data) => {
    const proto = { ...list, dims: [2], dataType: DATA_TYPE_CODES[dtype] };
    expect(tensorOfProto(proto).data).toEqual(data);
    expect(rawBytesOf(proto)).toEqual(new Uint8Array(data.buffer));
  });

  it.each(DTYPES)("%s has no elements when an axis is 0", (dtype) => {
    const tensor = tensorOfProto({ dims: [3, 0], dataType: DATA_TYPE_CODES[dtype] });
    expect(tensor.data).toHaveLength(0);
  });
});

describe("views", () => {
  it("share memory where the address allows it", () => {
    const rawData = new Uint8Array(new ArrayBuffer(16), 4, 8);
    const data = tensorOfProto({ dims: [2], dataType: 1, rawData }).data as Float32Array;
    expect(data.buffer).toBe(rawData.buffer);
    expect((protoOfTensor({ dtype: "float32", shape: [2], data }).rawData as Uint8Array).buffer).toBe(
      data.buffer,
    );
  });

  it("are copies at odd addresses, whatever kind of array the bytes are", () => {
    const rawData = Buffer.from(new Uint8Array(9).map((_, i) => i).buffer, 1, 8);
    const data = tensorOfProto({ dims: [1], dataType: 7, rawData }).data;
    expect(data).toEqual(BigInt64Array.of(0x0807060504030201n));
  });
});

describe("refusals", () => {
  it.each([
    [
      { dims: [2], dataType: 1, rawData: new Uint8Array(7) },
      "invalid-model",
      "8 bytes of raw data for float32[2]",
      "7",
    ],
    [
      { dims: [3], dataType: 22, rawData: new Uint8Array(3) },
      "invalid-model",
      "2 bytes of raw data for int4[3]",
      "3",
    ],
    [
      { dims: [2], dataType: 7, int64Data: BigInt64Array.of(1n) },
      "invalid-model",
      "2 numbers for int64[2]",
      "1",
    ],
    [{ dims: [2], dataType: 8 }, "invalid-model", "2 strings for string[2]", "0"],
    [
      { dims: [2, -1], dataType: 1 },
      "invalid-model",
      "sizes of 0 or more with a product below 2⁵³",
      "[2,-1]",
    ],
    [
      { dims: [2 ** 40, 2 ** 40], dataType: 1 },
      "invalid-model",
      "sizes of 0 or more with a product below 2⁵³",
      "[1099511627776,1099511627776]",
    ],
    [
      { dims: [2], dataType: 1, segment: { begin: 0, end: 1 } },
      "invalid-model",
      "a whole tensor",
      "a segment of one",
    ],
    [{ dataType: 17, rawData: new Uint8Array(1) }, "unsupported", undefined, "float8e4m3fn"],
    [
      { dims: [1], dataType: 1, dataLocation: 1, externalData: [{ key: "location", value: "w.bin" }] },
      "unsupported",
      "weights in memory",
      "weights left in the file w.bin",
    ],
  ] as const)("%#", (proto, code, expected, got) => {
    const expectation = { code, got, where: "tensor w", ...(expected === undefined ? {} : { expected }) };
    expect(() => tensorOfProto({ ...proto, name: "w" })).toThrow(
      expect.objectContaining(expectation) as Error,
    );
  });
});

describe("codes", () => {
  it("name every type of the schema, held or not", () => {
    const names = Array.from({ length: 27 }, (_, code) => dataTypeName(code));
    expect(new Set(names).size).toBe(27);
    expect(names.filter((name) => name.startsWith("element type"))).toEqual([]);
    expect(names.filter((_, code) => isHeld({ dataType: code }))).toHaveLength(DTYPES.length);
    expect(dtypeOfCode(14)).toBeUndefined();
  });

  it("know the bytes of every type but strings", () => {
    for (let code = 1; code < 27; code++) expect(storedBytes(code, 5) === undefined).toBe(code === 8);
    expect([storedBytes(22, 5), storedBytes(26, 5), storedBytes(1, 5), storedBytes(15, 5)]).toEqual([
      3, 2, 20, 80,
    ]);
  });
});
