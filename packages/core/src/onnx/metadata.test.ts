import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryMessage } from "./arbitrary-message.test-support.js";
import { MemorySource } from "./memory-source.test-support.js";
import { entriesOf, readModelMetadata, scanMetadata, setModelMetadata } from "./metadata.js";
import { decodeModel, encodeModel } from "./model.js";
import type { ModelProto } from "./schema.js";

const heavy: ModelProto = {
  irVersion: 10,
  graph: {
    name: "g",
    initializer: [{ name: "w", dims: [1 << 22], dataType: 2, rawData: new Uint8Array(1 << 22).fill(7) }],
  },
  opsetImport: [{ version: 21 }],
  metadataProps: entriesOf({ card: "isnet", mean: "0.5" }),
  functions: [{ name: "f" }],
};

describe("metadata", () => {
  it("is read without the weights", () => {
    const bytes = encodeModel(heavy);
    expect(readModelMetadata(bytes)).toEqual({ card: "isnet", mean: "0.5" });
    const source = new MemorySource(bytes);
    expect(scanMetadata(source, "x.onnx")).toEqual({ card: "isnet", mean: "0.5" });
    expect(source.bytesRead).toBeLessThan(1 << 16);
  });

  it("is replaced, in its place, and nothing else is touched", () => {
    const stamped = setModelMetadata(encodeModel(heavy), { card: "u2net", sizePx: "320" });
    const expected = encodeModel({ ...heavy, metadataProps: entriesOf({ card: "u2net", sizePx: "320" }) });
    expect(Buffer.compare(stamped, expected)).toBe(0);
    const restored = setModelMetadata(stamped, { card: "isnet", mean: "0.5" });
    expect(Buffer.compare(restored, encodeModel(heavy))).toBe(0);
  });

  it("of any model can be replaced and restored", () => {
    fc.assert(
      fc.property(
        arbitraryMessage("ModelProto"),
        fc.dictionary(fc.string(), fc.string()),
        (model, metadata) => {
          const bytes = encodeModel({ irVersion: 3, ...model });
          const stamped = setModelMetadata(bytes, metadata);
          expect(readModelMetadata(stamped)).toEqual(metadata);
          const metadataProps = entriesOf(metadata);
          expect({ metadataProps: [], ...decodeModel(stamped) }).toEqual({
            ...decodeModel(bytes),
            metadataProps,
          });
        },
      ),
      { numRuns: 60, seed: 5 },
    );
  });

  it("of what is no model, or cut off, is refused", () => {
    const refusal = expect.objectContaining({ code: "invalid-model" }) as Error;
    expect(() => readModelMetadata(new Uint8Array(0))).toThrow(refusal);
    expect(() => readModelMetadata(Uint8Array.of(0x9a, 3, 1, 0))).toThrow(refusal);
    expect(() => readModelMetadata(encodeModel(heavy).subarray(0, 1 << 20))).toThrow(refusal);
  });

  it("keeps keys that are names of object methods", () => {
    const bytes = setModelMetadata(
      encodeModel(heavy),
      JSON.parse('{"__proto__":"x","constructor":"y"}') as never,
    );
    expect(Object.entries(readModelMetadata(bytes))).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });
});
