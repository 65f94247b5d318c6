import { expect, test } from "vitest";
import { decodeTensorPack } from "./tensor-pack.js";

const entry = { name: "w", shape: [2], dtype: "float16", offset: 2, bytes: 4 };
const bytes = Uint8Array.of(9, 9, 0x00, 0x3c, 0x00, 0xc0);

test("tensors are cut out of the bytes as the list says", () => {
  const tensors = decodeTensorPack(JSON.stringify({ tensors: [entry] }), bytes, "pack.json");
  expect(tensors.get("w")).toEqual({ dtype: "float16", shape: [2], data: Uint16Array.of(0x3c00, 0xc000) });
});

test.each([
  ["{", "JSON that lists tensors"],
  ["{}", 'a list "tensors"'],
  [JSON.stringify({ tensors: [{ ...entry, dtype: "int3" }] }), "name, shape, dtype, offset and bytes"],
  [JSON.stringify({ tensors: [{ ...entry, offset: 4 }] }), "w within 6 bytes; got bytes 4 to 8"],
  [JSON.stringify({ tensors: [{ ...entry, bytes: 2 }] }), "w within 6 bytes"],
])("%s is refused", (json, message) => {
  expect(() => decodeTensorPack(json, bytes, "pack.json")).toThrow(message);
});
