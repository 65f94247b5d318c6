import { expect, test } from "vitest";
import { printGraph, verify, type Graph } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { removeIdentities } from "./index.js";

const ops = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);

function apply(graph: Graph): Graph {
  const { graph: after } = removeIdentities.apply(graph);
  verify(after);
  expect(printGraph(removeIdentities.apply(after).graph)).toBe(printGraph(after));
  expect(after.outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
  return after;
}

test("a name goes to the original, also through a chain and beside other readers", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2]);
  const y = b.relu(x);
  const copy = b.op("Identity", [b.op("Identity", [y])]);
  const after = apply(b.build([b.named(copy, "a"), b.named(b.exp(y), "b")]));
  expect(ops(after)).toEqual(["Relu", "Exp"]);
  expect(after.nodes[1]!.inputs[0]!.name).toBe("a");
});

test("an input given out keeps its name, and so does what is given out twice", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2]);
  const y = b.relu(x);
  const after = apply(b.build([b.op("Identity", [x]), b.op("Identity", [y]), b.op("Identity", [y])]));
  expect(ops(after)).toEqual(["Relu", "Identity", "Identity"]);
});
