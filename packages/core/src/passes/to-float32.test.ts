import { expect, test } from "vitest";
import { createBuilder } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { asDtype, narrowToFloat16, numbersOf } from "../util/index.js";
import { toFloat32 } from "./index.js";

test("a half precision network in single precision: its inputs, weights, results and all between", async () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 2, 5, 5]);
  const half = b.cast(x, "float16");
  const data = narrowToFloat16(Float32Array.from({ length: 3 * 2 * 3 * 3 }, (_, i) => Math.sin(i) / 3));
  const w = b.constant({ dtype: "float16", shape: [3, 2, 3, 3], data }, "w");
  const y = b.op("Conv", [half, w], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] });
  const graph = b.build([b.named(b.cast(y, "float32"), "wide"), b.named(y, "narrow")]);

  const wide = toFloat32.apply(graph).graph;
  expect(wide.outputs.map(({ name, dtype }) => `${name} ${dtype}`)).toEqual([
    "wide float32",
    "narrow float32",
  ]);
  const halves = [...wide.initialisers, ...wide.nodes.flatMap(({ outputs }) => outputs)].filter(
    (value) => value?.dtype === "float16",
  );
  expect(halves).toEqual([]);

  const picture = Float32Array.from({ length: 50 }, (_, i) => Math.cos(i));
  const results = [];
  for (const g of [graph, wide]) {
    const running = await openGraph(g);
    const feed = { dtype: "float32", shape: [1, 2, 5, 5], data: picture } as const;
    results.push(await running.run(new Map([[g.inputs[0]!, feed]])));
    await running.dispose();
  }
  const [[, narrow], [same, alsoSame]] = results as [[unknown, never], [never, never]];
  expect(alsoSame).toEqual(same);
  numbersOf(same).forEach((value, i) => {
    expect(value).toBeCloseTo(numbersOf(asDtype(narrow, "float32"))[i]!, 2);
  });
});

test("a graph with subgraphs is left as it is, with the reason", () => {
  const b = createBuilder();
  const x = b.input("x", "float16", [4]);
  const graph = b.build([b.relu(x)]);
  const [relu] = graph.nodes;
  const nested = {
    ...graph,
    nodes: [{ ...relu!, attributes: { body: { kind: "opaque", value: {} } as const } }],
  };
  const { graph: after, refusals } = toFloat32.apply(nested);
  expect(after).toBe(nested);
  expect(refusals.map(({ reason }) => reason)).toEqual(["its subgraphs may hold halves too"]);
});
