import { expect, test } from "vitest";
import { verify } from "../graph/index.js";
import { createBuilder, rules } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { numbersOf, tensorFrom } from "../util/index.js";
import { grad } from "./grad.js";

test("a graph gets its gradients as further outputs, named after the values", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", [2]);
  const w = b.input("w", "float64", [2]);
  const loss = b.named(b.reduceSum(b.mul(b.mul(x, w), w), [0], false), "loss");
  const graph = b.build([loss]);
  const withGradients = grad(graph, loss, [w, x], { rules });
  verify(withGradients);
  expect(withGradients.outputs.map((output) => output.name)).toEqual(["loss", "grad/w", "grad/x"]);
  expect(graph.outputs).toHaveLength(1);
  expect(withGradients.nodes.filter((node) => node.op === "Identity")).toHaveLength(1);

  const running = await openGraph(withGradients);
  const feeds = new Map([
    [x, tensorFrom("float64", [2], [3, 5])],
    [w, tensorFrom("float64", [2], [1, 2])],
  ]);
  expect((await running.run(feeds)).map(numbersOf)).toEqual([[23], [6, 20], [1, 4]]);
  await running.dispose();
});

test("one gradient may serve twice, and may be a constant", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", []);
  const y = b.input("y", "float64", []);
  const loss = b.add(x, y);
  const graph = grad(b.build([loss]), loss, [x, y], { rules });
  verify(graph);
  const running = await openGraph(graph);
  const one = tensorFrom("float64", [], [1]);
  const results = await running.run(
    new Map([
      [x, one],
      [y, one],
    ]),
  );
  expect(results.map(numbersOf)).toEqual([[2], [1], [1]]);
  await running.dispose();
});

test("old operator sets are refused", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", []);
  const loss = b.mul(x, x);
  const old = { ...b.build([loss]), opsets: { "": 11 } };
  expect(() => grad(old, loss, [x], { rules })).toThrow(/operator set 18 or newer; got 11/);
});

test("an operator without a rule is an error only on the path", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", []);
  const aside = b.scope("aside", () => b.neg(x));
  const loss = b.mul(x, 3);
  const plain = b.build([loss, aside]);
  const nodes = plain.nodes.map((node) => (node.op === "Neg" ? { ...node, op: "custom.Neg" } : node));
  const graph = { ...plain, nodes, opsets: { ...plain.opsets, custom: 1 } };
  expect(grad(graph, loss, [x], { rules }).outputs).toHaveLength(3);
  expect(() => grad(graph, aside, [x], { rules })).toThrow(/aside: custom.Neg.*no rule for this operator/);
});
