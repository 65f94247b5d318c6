import fc from "fast-check";
import { expect, test } from "vitest";
import { tensorFrom, type TensorData } from "../util/tensor-data.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

const anyTensor: fc.Arbitrary<TensorData> = fc
  .record({
    dtype: fc.constantFrom("float32", "float64", "float16", "int64", "int32", "uint8", "int8", "bool"),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .map(({ dtype, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return tensorFrom(
      dtype,
      shape,
      Array.from({ length: size }, (_, i) => i % 2),
    );
  });

test("what is written is read back, key for key and bit for bit", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z.]{1,12}$/), anyTensor),
      fc.integer({ min: 0, max: 7 }),
      (record, shift) => {
        const tensors = new Map(Object.entries(record));
        const file = encodeSafetensors(tensors, { format: "pt" });
        // Also from a place in memory that is aligned to nothing.
        const moved = new Uint8Array(file.length + shift).subarray(shift);
        moved.set(file);
        const back = decodeSafetensors(moved);
        expect(back.metadata).toEqual({ format: "pt" });
        expect(new Map([...back.tensors].sort())).toEqual(new Map([...tensors].sort()));
      },
    ),
  );
});

const file = (header: string, data = 0) => {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
};

test.each([
  ["too short", new Uint8Array(3), "at least 8 bytes"],
  ["a header beyond the file", file("{}").fill(0xff, 0, 8), "a header within"],
  ["no JSON", file("{nope"), "a JSON header"],
  ["an unknown element type", file('{"a":{"dtype":"F4","shape":[],"data_offsets":[0,4]}}', 4), "a in one of"],
  [
    "a range beyond the data",
    file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 4),
    "8 bytes for a",
  ],
  [
    "a size that does not fit",
    file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', 4),
    "8 bytes for a",
  ],
  ["a negative size", file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4), "a shape and two"],
  [
    "overlap",
    file(
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
      4,
    ),
    "do not overlap",
  ],
])("%s is refused", (_, bytes, message) => {
  expect(() => decodeSafetensors(bytes)).toThrow(message);
});
