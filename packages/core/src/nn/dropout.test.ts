import { expect, it } from "vitest";
import { Tensor } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { createRng } from "../util/index.js";
import { attach, drawKeepMask, dropout, dropPath, sequential, trace, type Dropout } from "./index.js";

const maskShape = (layer: Dropout): unknown => {
  const b = createBuilder();
  const attached = attach(b, layer, { mode: "train" });
  layer(new Tensor(b, b.input("x", "float32", [2, 3, 4, 5])));
  const [mask] = attached.random;
  return mask && { shape: mask.input.shape, keep: mask.keep };
};

it("drops elements, channels or whole pictures", () => {
  expect(maskShape(dropout(0.25))).toEqual({ shape: [2, 3, 4, 5], keep: 0.75 });
  expect(maskShape(dropout(0.5, { unit: "channel" }))).toEqual({ shape: [2, 3, 1, 1], keep: 0.5 });
  expect(maskShape(dropPath(0.1))).toEqual({ shape: [2, 1, 1, 1], keep: 0.9 });
  expect(maskShape(dropPath(0))).toBeUndefined();
});

it("does nothing in evaluation", () => {
  const graph = trace(sequential(dropout(0.5)), { x: { shape: [2, 3] } }, { mode: "eval" });
  expect(graph.nodes.map(({ op }) => op)).toEqual(["Identity"]);
});

it("gives every place in the model a mask of its own", () => {
  const graph = trace(sequential(dropout(0.5), dropout(0.5)), { x: { shape: [2, 3] } }, { mode: "train" });
  expect(graph.inputs.map(({ name }) => name)).toEqual(["x", "0/mask", "1/mask"]);
});

it("draws masks that keep the mean, the same for the same seed", () => {
  const mask = drawKeepMask([100, 100], 0.8, createRng(1));
  expect(new Set(mask)).toEqual(new Set([0, Math.fround(1 / 0.8)]));
  expect(mask.reduce((sum, x) => sum + x, 0) / mask.length).toBeCloseTo(1, 1);
  expect(drawKeepMask([100, 100], 0.8, createRng(1))).toEqual(mask);
});
