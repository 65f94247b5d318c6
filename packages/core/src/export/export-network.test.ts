import { describe, expect, test } from "vitest";
import * as ort from "onnxruntime-node";
import { fixturesAreHere, officialState, readFixture } from "../models/fixtures.test-support.js";
import { architecture, unetWith } from "../models/index.js";
import { initialState } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createRng, type TensorData } from "../util/index.js";
import { exportNetwork, INPUT_NAME, type ExportOptions } from "./index.js";

/** What plain onnxruntime-node gives for a model. */
async function runPlain(
  model: Uint8Array,
  { shape, data }: TensorData,
): Promise<Record<string, { shape: readonly number[]; data: Float32Array }>> {
  const session = await ort.InferenceSession.create(model);
  try {
    const results = await session.run({
      [INPUT_NAME]: new ort.Tensor("float32", data as Float32Array, shape),
    });
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data: got }]) => [
        name,
        { shape: dims, data: got as Float32Array },
      ]),
    );
  } finally {
    await session.release();
  }
}

const worst = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i]!)), 0);

const WAYS: readonly (readonly [string, ExportOptions])[] = [
  ["fixed size, any batch", {}],
  ["fixed batch", { batch: 2 }],
  ["any size", { dynamicSize: true }],
  ["the newest opset", { opset: 21 }],
];

describe.skipIf(!fixturesAreHere).each([
  ["u2netp", "u2netp"],
  ["isnet_gt", "isnet-gt"],
  ["modnet", "modnet"],
])("%s exported, against PyTorch (skipped where ../shared is absent)", (file, name) => {
  test.each(WAYS)("all heads: %s", async (_, options) => {
    const fixture = readFixture(file);
    const definition = architecture(name);
    const size = { widthPx: fixture.width, heightPx: fixture.height };
    const state = officialState(definition, fixture.gain_eval);
    const exported = exportNetwork(definition, state, { size, heads: "all", ...options });
    const input = fixture.tensors.get(definition.channels === 1 ? "target" : "input")!;
    const outputs = await runPlain(encodeModel(exported.model), input);
    expect(Object.keys(outputs)).toEqual(definition.heads.all);
    for (const head of definition.heads.all) {
      const expected = fixture.tensors.get(`eval.${head}`)!;
      expect(outputs[head]!.shape).toEqual(expected.shape);
      expect(worst(outputs[head]!.data, expected.data as Float32Array), head).toBeLessThan(1e-4);
    }
  });
});

test("the final head alone is what is left, with card and preprocessing", async () => {
  const definition = unetWith({ base: 4, depth: 2, batchNorm: true });
  const state = initialState(definition.create(), createRng(1));
  const size = { widthPx: 24, heightPx: 16 };
  const exported = exportNetwork(definition, state, {
    size,
    card: { licence: { spdx: "MIT" }, name: "tiny" },
  });
  expect(exported.folded).toBe(10);
  expect(exported.kept).toEqual([]);
  expect(exported.graph.nodes.map(({ op }) => op)).not.toContain("BatchNormalization");
  expect(exported.graph.opsets[""]).toBe(17);
  expect(exported.preprocessing).toMatchObject({
    input: { kind: "fixed", widthPx: 24, heightPx: 16 },
    output: { head: "logits", kind: "logits", activation: "sigmoid" },
  });
  expect(exported.card).toMatchObject({ name: "tiny", licence: { spdx: "MIT" }, inputSize: size });
  const shape = [3, 3, 16, 24];
  const rng = createRng(2);
  const data = Float32Array.from({ length: 3 * 3 * 16 * 24 }, () => rng.uniform());
  const outputs = await runPlain(encodeModel(exported.model), { dtype: "float32", shape, data });
  expect(outputs["logits"]!.shape).toEqual([3, 1, 16, 24]);
});

test("what a network cannot do is said", () => {
  const modnet = architecture("modnet");
  const state = new Map();
  expect(() => exportNetwork(modnet, state, { size: { widthPx: 500, heightPx: 512 } })).toThrow(
    "size for modnet: expected sides that are multiples of 32; got 500x512. Fix: take 512x512",
  );
  expect(() => exportNetwork(modnet, state, { heads: ["mate"] })).toThrow(/head of modnet.*mate.*matte/);
  expect(() => exportNetwork(modnet, state)).toThrow(/expected contents for every parameter/);
});
