import { describe, expect, it } from "vitest";
import { IMGLY_MODELS } from "./packages/imgly.js";
import {
  parsePreprocessing,
  preprocessingFromMetadata,
  preprocessingToMetadata,
  type Preprocessing,
} from "./preprocessing.js";
import { tinyPreprocessing } from "./tiny-model.test-support.js";

type Loose = Record<string, unknown> & Record<"input" | "resize" | "output", Record<string, unknown>>;

const changed = (change: (copy: Loose) => void): unknown => {
  const copy = structuredClone(tinyPreprocessing) as unknown as Loose;
  change(copy);
  return copy;
};

describe("preprocessing", () => {
  it.each<[string, Preprocessing]>([
    ["fixed, stretched", tinyPreprocessing],
    ["of the package", IMGLY_MODELS[0]!.preprocessing],
    [
      "dynamic, by the short side, logits",
      {
        ...tinyPreprocessing,
        input: { kind: "dynamic", multipleOf: 32, defaultSize: { widthPx: 512, heightPx: 512 } },
        resize: { rule: "short-side", kernel: "area", antialias: true, coordinates: "half-pixel" },
        channelOrder: "bgr",
        output: { head: "matte", kind: "logits", activation: "sigmoid", minMax: true },
      },
    ],
    [
      "letterboxed",
      {
        ...tinyPreprocessing,
        resize: {
          rule: "letterbox",
          fillRgbU8: [114, 114, 114],
          place: "centre",
          kernel: "lanczos3",
          antialias: true,
          coordinates: "half-pixel",
        },
      },
    ],
  ])("goes through metadata unchanged: %s", (_, preprocessing) => {
    expect(preprocessingFromMetadata(preprocessingToMetadata(preprocessing), "m.onnx")).toEqual(
      preprocessing,
    );
  });

  it("is undefined where a model carries none, and an error where it does not read", () => {
    expect(preprocessingFromMetadata({ author: "someone" }, "m.onnx")).toBeUndefined();
    expect(() => preprocessingFromMetadata({ "mattelier.preprocessing": "{mean: 1}" }, "m.onnx")).toThrow(
      expect.objectContaining({
        code: "invalid-model",
        where: "m.onnx: metadata property mattelier.preprocessing",
        got: '"{mean: 1}"',
      }),
    );
    expect(() => preprocessingFromMetadata({ "mattelier.preprocessing": "{}" }, "m.onnx")).toThrow(
      expect.objectContaining({ where: "m.onnx: metadata property mattelier.preprocessing, key version" }),
    );
  });

  it.each<[string, (copy: Loose) => void, string, string]>([
    ["input.kind", (p) => (p.input["kind"] = "any"), "one of fixed, dynamic", '"any"'],
    ["input.widthPx", (p) => (p.input["widthPx"] = 0), "at least 1", "0"],
    ["input.heightPx", (p) => (p.input["heightPx"] = 20_000), "at most 16384", "20000"],
    [
      "resize.kernel",
      (p) => (p.resize["kernel"] = "cubic"),
      "one of nearest, bilinear, bicubic, lanczos3, area",
      '"cubic"',
    ],
    [
      "resize.rule",
      (p) => (p.resize["rule"] = "short-side"),
      '"stretch" or "letterbox" for an input of fixed size',
      '"short-side"',
    ],
    ["resize.rule", (p) => (p.resize["rule"] = "crop"), "one of stretch, letterbox, short-side", '"crop"'],
    ["mean", (p) => delete p["mean"], "a list", "nothing"],
    ["mean.1", (p) => (p["mean"] = [0, "0", 0]), "a number", '"0"'],
    ["std.2", (p) => (p["std"] = [1, 1, 0]), "more than 0", "0"],
    ["scale", (p) => (p["scale"] = NaN), "a number", "NaN"],
    ["version", (p) => (p["version"] = 2), "1", "2"],
    ["output.head", (p) => (p.output["head"] = -1), "at least 0", "-1"],
    ["output.head", (p) => (p.output["head"] = true), "a string or a number", "true"],
    [
      "output.activation",
      (p) => (p.output["activation"] = "sigmoid"),
      '"none" for an output that is a matte already',
      '"sigmoid"',
    ],
    [
      "output.activation",
      (p) => (p.output["kind"] = "logits"),
      '"sigmoid" (or minMax) to make a matte of logits',
      '"none"',
    ],
    [
      "input.defaultSize.heightPx",
      (p) => (p["input"] = { kind: "dynamic", multipleOf: 32, defaultSize: { widthPx: 320, heightPx: 321 } }),
      "a multiple of 32",
      "321",
    ],
  ])("refuses a bad value, naming %s", (path, change, expected, got) => {
    expect(() => parsePreprocessing(changed(change), "m.onnx")).toThrow(
      expect.objectContaining({
        code: "invalid-model",
        where: `m.onnx: preprocessing, key ${path}`,
        expected,
        got,
      }),
    );
  });

  it("refuses keys that it does not know: they may change what the network sees", () => {
    const value = changed((p) => (p.resize["gamma"] = 2.2));
    expect(() => parsePreprocessing(value, "m.onnx")).toThrow(
      expect.objectContaining({ where: "m.onnx: preprocessing, key resize", got: 'the key "gamma"' }),
    );
    expect(() => parsePreprocessing(7, "m.onnx")).toThrow(
      expect.objectContaining({ expected: "keys and values", got: "7" }),
    );
  });
});
