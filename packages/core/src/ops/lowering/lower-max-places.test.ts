import { expect, test } from "vitest";
import { verify } from "../../graph/index.js";
import { createRng, tensorFrom } from "../../util/index.js";
import { createBuilder } from "../index.js";
import { openGraph } from "../run-graph.test-support.js";
import { lowerMaxPlaces } from "./lower-max-places.js";

test("maxima and their places are the same, of equal ones too", async () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2, 3, 6, 7]);
  const [y, places] = b.emit(
    "MaxPool",
    [x],
    { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 0, 1] },
    2,
  );
  const graph = b.build([y!, places!]);
  const wide = lowerMaxPlaces(graph);
  verify(wide);
  const rng = createRng(1);
  const values = Array.from({ length: 2 * 3 * 6 * 7 }, () => Math.round(rng.normal()) / 3);
  const feeds = new Map([[x, tensorFrom("float32", [2, 3, 6, 7], values)]]);
  const [expected, got] = await Promise.all(
    [graph, wide].map(async (one) => {
      const running = await openGraph(one);
      const results = await running.run(feeds);
      await running.dispose();
      return results;
    }),
  );
  expect(wide.nodes.map(({ op }) => op)).toEqual(["Cast", "MaxPool", "Cast"]);
  expect(got).toEqual(expected);
});

test("a MaxPool that tells no places stays itself", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 1, 4]);
  const graph = b.build([b.op("MaxPool", [x], { kernel_shape: [2] })]);
  expect(lowerMaxPlaces(graph)).toBe(graph);
});
