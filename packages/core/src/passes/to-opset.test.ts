import { expect, test } from "vitest";
import { verify, type Graph } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { createRng, numbersOf, tensorFrom } from "../util/index.js";
import { toOpset } from "./index.js";

/** What changed between 17 and 21: Gelu in both forms, a reduction with axes and one without. */
function sample(): Graph {
  const b = createBuilder();
  const x = b.input("x", "float32", [2, 3, 5]);
  const y = b.op("Gelu", [b.op("Gelu", [x])], { approximate: "tanh" });
  const mean = b.reduceMean(b.sub(y, b.op("ReduceMax", [x])), [1, -1], false);
  return b.build([b.named(mean, "mean"), b.named(y, "y")]);
}

test("opset 17 computes what opset 21 does", async () => {
  const rng = createRng(3);
  const x = tensorFrom(
    "float32",
    [2, 3, 5],
    Array.from({ length: 30 }, () => 3 * rng.normal()),
  );
  const newest = sample();
  const older = toOpset(newest, 17);
  verify(older);
  expect(older.opsets[""]).toBe(17);
  expect(older.nodes.map(({ op }) => op)).not.toContain("Gelu");
  const results: number[][] = [];
  for (const graph of [newest, older]) {
    const running = await openGraph(graph);
    results.push((await running.run(new Map([[graph.inputs[0]!, x]]))).flatMap(numbersOf));
    await running.dispose();
  }
  results[1]!.forEach((value, i) => {
    expect(value).toBeCloseTo(results[0]![i]!, 5);
  });
});

test("what the version does not have is refused by name", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2]);
  const graph = b.build([b.scope("neck", () => b.op("Mish", [x]))]);
  expect(() => toOpset(graph, 17)).toThrow(
    "neck: Mish: expected operators of opset 17; got one in the form of opset 18. Fix: export with --opset 18",
  );
  expect(toOpset(graph, 18).opsets[""]).toBe(18);
  expect(() => toOpset(graph, 16)).toThrow("opset: expected 17 to 21; got 16");
});
