import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { MattelierError } from "../util/errors.js";
import { arbitraryMessage } from "./arbitrary-message.test-support.js";
import { decodeModel, decodeOnnx, encodeOnnx } from "./model.js";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replace(/\s/g, ""), "hex"));
const text = (content: string): Uint8Array => new TextEncoder().encode(content);

function failure(read: () => unknown): MattelierError {
  try {
    read();
  } catch (error) {
    if (error instanceof MattelierError) return error;
    throw error;
  }
  throw new Error("did not fail");
}

describe("broken input names the byte", () => {
  it.each([
    ["cut in a varint", "08 80", 1, "the end of the input after 2 bytes"],
    ["a varint too long", "08 ff ff ff ff ff ff ff ff ff ff 01", 1, "a longer one"],
    ["a length beyond the input", "12 7f 61", 1, "127"],
    ["a length of 2⁶³", "12 80 80 80 80 80 80 80 80 80 01", 1, "9223372036854776000"],
    ["a nested length beyond its message", "3a 03 12 05 61 08 01", 3, "5"],
    [
      "a field that goes on beyond its message",
      "3a 02 15 00 08 01 08 01",
      7,
      "a field that goes on beyond it",
    ],
    ["field number 0", "00 01", 0, "something else"],
    ["a wire type that there is not", "0f 01", 0, "7"],
    ["a group without an end", "0b 08 01", 1, "none"],
    ["a group's end without a group", "0c", 0, "4"],
    ["a group with another's end", "0b 14", 2, "that of group 2"],
  ])("%s", (_, bytes, offset, got) => {
    const error = failure(() => decodeModel(hex(bytes), "model.onnx"));
    expect(error.code).toBe("invalid-model");
    expect(error.where).toMatch(new RegExp(`^model.onnx, byte ${offset}\\b`));
    expect(error.got).toBe(got);
  });

  it("names the field too", () => {
    const inner = hex("3a 06 0a 04 2a 02 15 00");
    expect(failure(() => decodeModel(inner)).where).toBe("ONNX model, byte 7 in graph.node.attribute");
  });

  it.each([
    ["packed floats", "TensorProto", "22 03 000000", "3"],
    ["packed varints", "TensorProto", "2a 02 0180 08 01", "a cut one"],
    ["packed ints", "AttributeProto", "42 02 0180 01", "one that goes on beyond it"],
  ] as const)("%s that do not fill their length", (_, name, bytes, got) => {
    expect(failure(() => decodeOnnx(name, hex(bytes))).got).toBe(got);
  });

  it("stops at 100 levels", () => {
    let nested = new Uint8Array(0);
    for (let i = 0; i < 60; i++) nested = wrap(5, wrap(6, wrap(1, nested)));
    const error = failure(() => decodeModel(wrap(7, wrap(1, nested))));
    expect(error.expected).toBe("messages nested at most 100 deep");
  });

  it("never does anything but decode or say invalid-model", () => {
    fc.assert(
      fc.property(
        arbitraryMessage("ModelProto"),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (model, changes, cut) => {
          const bytes = encodeOnnx("ModelProto", model);
          for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
          try {
            decodeModel(bytes.subarray(0, bytes.length - (cut % 3)));
          } catch (error) {
            expect((error as MattelierError).code).toBe("invalid-model");
          }
        },
      ),
      { numRuns: 200, seed: 3 },
    );
  });
});

describe("other files are told apart", () => {
  it.each([
    [text(""), "no bytes"],
    [text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n"), "Git LFS pointer"],
    [text("\x20\0\0\0ORTM\0\0\0\0"), "ORT format"],
    [text("\x20\0\0\0TFL3\0\0\0\0"), "TensorFlow Lite"],
    [hex("504b0304 1400"), "zip archive"],
    [text('\x40\0\0\0\0\0\0\0{"w":{}}'), "safetensors"],
    [hex("89504e470d0a1a0a"), "PNG"],
    [text("<!DOCTYPE html><html>"), "HTML"],
    [hex("9a03 03 616263"), "without any of a model's fields"],
  ])("%#: %s", (bytes, got) => {
    const error = failure(() => decodeModel(bytes, "x.onnx"));
    expect(error.code).toBe("invalid-model");
    expect(error.where).toBe("x.onnx, byte 0");
    expect(error.got).toContain(got);
  });

  it("lets a model's producer be called what it likes", () => {
    const bytes = encodeOnnx("ModelProto", { irVersion: 8, producerName: "ORTM maker" });
    expect(decodeModel(bytes).producerName).toBe("ORTM maker");
  });
});

/** A field of bytes. */
function wrap(number: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    length.push(rest >= 0x80 ? (rest & 0x7f) | 0x80 : rest);
    if (rest < 0x80) break;
  }
  return Uint8Array.of(number * 8 + 2, ...length, ...content);
}
