import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryMessage } from "./arbitrary-message.test-support.js";
import { decodeMessage } from "./decode.js";
import { MemorySource } from "./memory-source.test-support.js";
import { decodeOnnx, encodeOnnx } from "./model.js";
import { ONNX_MESSAGES, ONNX_SCHEMA, type OnnxMessageName } from "./schema.js";

const NAMES = Object.keys(ONNX_SCHEMA) as OnnxMessageName[];
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("round trips", () => {
  it.each(NAMES)("%s comes back as it was", (name) => {
    fc.assert(
      fc.property(arbitraryMessage(name), (message) => {
        const bytes = encodeOnnx(name, message);
        expect(decodeOnnx(name, bytes)).toEqual(message);
        expect(encodeOnnx(name, decodeOnnx(name, bytes))).toEqual(bytes);
      }),
      { numRuns: 30, seed: 7 },
    );
  });

  it("reads through a window as from memory", () => {
    fc.assert(
      fc.property(fc.array(arbitraryMessage("GraphProto"), { minLength: 8, maxLength: 8 }), (graphs) => {
        const graph = {
          node: [{ attribute: [{ name: "x", graphs }] }],
          initializer: [{ rawData: new Uint8Array(3e4) }],
        };
        const bytes = encodeOnnx("GraphProto", graph);
        const source = new MemorySource(bytes);
        const read = decodeMessage(ONNX_MESSAGES.GraphProto, source);
        expect(Buffer.compare(encodeOnnx("GraphProto", read), bytes)).toBe(0);
      }),
      { numRuns: 10, seed: 7 },
    );
  });

  it("keeps views of the input's bytes", () => {
    const bytes = encodeOnnx("TensorProto", { rawData: new Uint8Array([1, 2, 3]) });
    expect(decodeOnnx("TensorProto", bytes).rawData!.buffer).toBe(bytes.buffer);
  });
});

describe("the wire, by hand", () => {
  it("writes fields in the order of their numbers", () => {
    const bytes = encodeOnnx("NodeProto", {
      domain: "d",
      opType: "Op",
      input: ["a", "", "b"],
      output: ["y"],
    });
    expect(toHex(bytes)).toBe(toHex(hex("0a0161 0a00 0a0162 120179 22024f70 3a0164")));
  });

  it.each([
    ["int64 -1", "IntIntListEntryProto", { key: -1 }, "08 ffffffffffffffffff01"],
    ["int64 minimum", "IntIntListEntryProto", { key: -(2n ** 63n) }, "08 80808080808080808001"],
    ["int64 maximum", "IntIntListEntryProto", { key: 2n ** 63n - 1n }, "08 ffffffffffffffff7f"],
    ["int64 300", "IntIntListEntryProto", { key: 300 }, "08 ac02"],
    ["float", "AttributeProto", { f: 1 }, "15 0000803f"],
    ["zero is present", "AttributeProto", { i: 0 }, "18 00"],
    ["unpacked ints", "AttributeProto", { ints: [1, -1] }, "40 01 40 ffffffffffffffffff01"],
    ["packed int32", "TensorProto", { int32Data: Int32Array.of(1, -1) }, "2a 0b 01 ffffffffffffffffff01"],
    [
      "packed uint64",
      "TensorProto",
      { uint64Data: BigUint64Array.of(2n ** 64n - 1n) },
      "5a 0a ffffffffffffffffff01",
    ],
    ["packed double", "TensorProto", { doubleData: Float64Array.of(1) }, "52 08 000000000000f03f"],
    ["tags of two bytes", "ModelProto", { trainingInfo: [{}] }, "a201 00"],
  ] as const)("%s", (_, name, message, bytes) => {
    expect(toHex(encodeOnnx(name, message as never))).toBe(toHex(hex(bytes)));
    expect(decodeOnnx(name, hex(bytes))).toEqual(message);
  });

  it("reads lists of either form, and in pieces", () => {
    expect(decodeOnnx("AttributeProto", hex("42 03 010203 40 04 3a 04 0000803f")).ints).toEqual([1, 2, 3, 4]);
    expect(decodeOnnx("AttributeProto", hex("3a 08 0000803f 00000040")).floats).toEqual([1, 2]);
    expect(decodeOnnx("TensorProto", hex("25 0000803f 22 04 00000040 25 00004040")).floatData).toEqual(
      Float32Array.of(1, 2, 3),
    );
    expect(decodeOnnx("TensorProto", hex("38 01 3a 02 0203 3a 00")).int64Data).toEqual(
      BigInt64Array.of(1n, 2n, 3n),
    );
  });

  it("is linear in lists that come in single elements among other fields", () => {
    const pieces = 200_000;
    const bytes = new Uint8Array(7 * pieces).map((_, i) => [0x25, 0, 0, 0x80, 0x3f, 0x10, 1][i % 7]!);
    expect(decodeOnnx("TensorProto", bytes).floatData).toHaveLength(pieces);
  });

  it("merges a single message that comes twice, and lets the last of a oneof count", () => {
    expect(decodeOnnx("ModelProto", hex("3a 03 120161 3a 03 520162")).graph).toEqual({
      name: "a",
      docString: "b",
    });
    expect(decodeOnnx("DimensionProto", hex("08 05 12 01 6e"))).toEqual({ dimParam: "n" });
    expect(decodeOnnx("DimensionProto", hex("12 01 6e 08 05"))).toEqual({ dimValue: 5 });
  });

  it("keeps fields it does not know, of every wire type, and known ones of another type", () => {
    const unknown = "9803 9601  9903 0102030405060708  9a03 03 616263  9d03 01020304  9b03 0801 9c03  0a 00";
    const message = decodeOnnx("Segment", hex(`10 07 ${unknown}`));
    expect(message).toEqual({ end: 7, unknownFields: hex(unknown) });
    expect(toHex(encodeOnnx("Segment", message))).toBe(toHex(hex(`10 07 ${unknown}`)));
  });

  it("keeps unknown fields that are read through a window", () => {
    const blob = new Uint8Array(1 << 16).map((_, i) => i);
    const unknown = Buffer.concat([Uint8Array.of(0x9a, 3, 0x80, 0x80, 4), blob]);
    const bytes = Buffer.concat([encodeOnnx("GraphProto", { name: "g" }), unknown, unknown]);
    const source = new MemorySource(bytes);
    const read = decodeMessage(ONNX_MESSAGES.GraphProto, source);
    expect(read.unknownFields).toHaveLength(2 * unknown.length);
    expect(Buffer.compare(encodeOnnx("GraphProto", read), bytes)).toBe(0);
  });

  it.each(["ff", "61 c3", "c0 80", "ed a0 80", "f4 90 80 80", "e2 82", "80 f0 9f 98 80 80", "ef bb bf 61"])(
    "keeps strings that are no UTF-8: %s",
    (text) => {
      const bytes = hex(text);
      const encoded = Uint8Array.of(0x12, bytes.length, ...bytes);
      expect(toHex(encodeOnnx("GraphProto", decodeOnnx("GraphProto", encoded)))).toBe(toHex(encoded));
    },
  );
});

describe("lazy blobs", () => {
  it("are read when used, every time, and not for encoding's measure", () => {
    const rawData = new Uint8Array(1 << 16).map((_, i) => i);
    const bytes = encodeOnnx("TensorProto", { name: "w", rawData });
    const source = new MemorySource(bytes, { lazy: true });
    const tensor = decodeMessage(ONNX_MESSAGES.TensorProto, source);
    expect(source.bytesRead).toBeLessThan(1 << 15);
    expect(Buffer.compare(tensor.rawData as Uint8Array, rawData)).toBe(0);
    const before = source.bytesRead;
    expect(Buffer.compare(encodeOnnx("TensorProto", tensor), bytes)).toBe(0);
    expect(source.bytesRead - before).toBe(rawData.length);
  });
});
