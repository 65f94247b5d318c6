import { describe, expect, it } from "vitest";
import { checkModelName, isModelName, suggestedName } from "./model-name.js";

describe("model names", () => {
  it.each(["u2net", "isnet-imgly", "v1.0_fp16", "7", "a".repeat(64)])("takes %s", (name) => {
    expect(isModelName(name)).toBe(true);
  });

  it.each([
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "a\\b",
    "/etc",
    "C:x",
    "U2Net",
    "-x",
    ".hidden",
    "a b",
    "a\n",
    "x.",
    "u2net.onnx",
    "é",
    "nul",
    "com1.bin",
    "a".repeat(65),
    "x~free-000000000000",
  ])("refuses %j", (name) => {
    expect(isModelName(name)).toBe(false);
    expect(() => {
      checkModelName(name);
    }).toThrow(expect.objectContaining({ code: "invalid-argument", got: JSON.stringify(name) }));
  });

  it("are suggested by files and URLs", () => {
    expect(suggestedName("/models/U2-Net P (final).onnx")).toBe("u2-net-p-final");
    expect(suggestedName("C:\\models\\isnet.ONNX")).toBe("isnet");
    expect(suggestedName("/")).toBeUndefined();
    expect(suggestedName("/nul.onnx")).toBeUndefined();
  });
});
