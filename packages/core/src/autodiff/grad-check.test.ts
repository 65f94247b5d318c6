import { expect, test } from "vitest";
import type { Builder, OpRule, RuleTable, Value } from "../graph/index.js";
import { rules } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { createRng, tensorFrom } from "../util/index.js";
import { gradCheck, type RunGraph } from "./grad-check.js";

const run: RunGraph = async (graph, feeds) => {
  const running = await openGraph(graph);
  const results = [];
  for (const feed of feeds) results.push(await running.run(feed));
  await running.dispose();
  return results;
};

const x = tensorFrom("float64", [2, 3], [0.1, -0.4, 0.7, 1.2, -1.1, 0.3]);
const y = tensorFrom("float64", [3], [0.5, 2, -1]);
const build = (b: Builder, [first, second]: readonly Value[]): readonly Value[] => [
  b.mul(b.tanh(first!), second!),
];
const check = (table: RuleTable, held: readonly number[] = []) =>
  gradCheck(build, [x, y], { rules: table, run, rng: createRng(3), held });

test("a right gradient passes, far below the tolerance", async () => {
  expect((await check(rules)).error).toBeLessThan(1e-9);
});

test("a wrong one does not, however slightly wrong", async () => {
  const wrong: OpRule<"Tanh"> = {
    ...rules.Tanh,
    vjp: ({ b, g, outputs: [out] }) => [b.mul(g, b.sub(b.scalar(1.0001, "float64"), b.mul(out!, out!)))],
  };
  await expect(check({ ...rules, Tanh: wrong })).rejects.toThrow(
    /gradCheck: expected a directional derivative/,
  );
});

test("a gradient of one operand only is checked when the other is held", async () => {
  const wrong: OpRule<"Mul"> = {
    ...rules.Mul,
    vjp: (context) => [
      (rules.Mul.vjp as (c: typeof context) => readonly Value[])(context)[0],
      context.inputs[1],
    ],
  };
  await expect(check({ ...rules, Mul: wrong })).rejects.toThrow();
  expect((await check({ ...rules, Mul: wrong }, [1])).error).toBeLessThan(1e-9);
});
