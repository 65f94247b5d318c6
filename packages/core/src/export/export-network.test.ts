import { describe, expect, test } from "vitest";
import { fixturesAreHere } from "../models/fixtures.test-support.js";
import { architecture, unetWith } from "../models/index.js";
import { initialState } from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createRng } from "../util/index.js";
import { checkExportedHeads, runPlain } from "./exported-heads.test-support.js";
import { exportNetwork, type ExportOptions } from "./index.js";

// The large networks are in export-network.full.test.ts.

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
  ["inspyrenet_res2net50", "inspyrenet-res2net50"],
])("%s exported, against PyTorch (skipped where ../shared is absent)", (file, name) => {
  const ways = architecture(name).fixedSize === undefined ? WAYS : WAYS.slice(0, 1);
  test.each(ways)("all heads: %s", (_, options) => checkExportedHeads(file, name, options));
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
  expect(() => exportNetwork(architecture("pvt-matte"), state, { dynamicSize: true })).toThrow(
    "an open input size for pvt-matte: expected a fixed one: its encoder lays out a fixed number of tokens",
  );
  expect(() => exportNetwork(modnet, state, { size: { widthPx: 500, heightPx: 512 } })).toThrow(
    "size for modnet: expected sides that are multiples of 32; got 500x512. Fix: take 512x512",
  );
  expect(() => exportNetwork(modnet, state, { heads: ["mate"] })).toThrow(/head of modnet.*mate.*matte/);
  expect(() => exportNetwork(modnet, state)).toThrow(/expected contents for every parameter/);
});
