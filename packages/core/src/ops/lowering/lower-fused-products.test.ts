import { expect, test } from "vitest";
import { verify } from "../../graph/index.js";
import { createRng, numbersOf, tensorFrom } from "../../util/index.js";
import { createBuilder } from "../index.js";
import { openGraph } from "../run-graph.test-support.js";
import { CPU, lowerConvGradients, lowerFusedProducts, PORTABLE, type Target } from "./index.js";

test.each([
  [[2, 5, 3], [2, 3, 4], { alpha: 0.5 }],
  [[2, 3, 5], [2, 4, 3], { transA: 1, transB: 1 }],
  [[2, 5, 3], [4, 3], { transB: 1, alpha: -2 }],
  [[5, 2, 3], [2, 3, 4], { transBatchA: 1 }],
  [[3, 2, 5], [4, 2, 3], { transA: 1, transBatchA: 1, transB: 1, transBatchB: 1 }],
])("%j by %j with %j is the same in standard operators", async (left, right, attrs) => {
  const b = createBuilder();
  const rng = createRng(1);
  const feeds = new Map(
    [left, right].map((shape, i) => {
      const values = Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, () => rng.normal());
      return [b.input(`x${i}`, "float32", shape), tensorFrom("float32", shape, values)];
    }),
  );
  const fused = b.build([b.op("com.microsoft.FusedMatMul", [...feeds.keys()], attrs)]);
  const standard = lowerFusedProducts(fused);
  verify(standard);
  expect(standard.nodes.every(({ op }) => !op.includes("."))).toBe(true);
  const [expected, got] = await Promise.all(
    [fused, standard].map(async (graph) => {
      const running = await openGraph(graph);
      const [out] = await running.run(feeds);
      await running.dispose();
      return out!;
    }),
  );
  expect(got!.shape).toEqual(expected!.shape);
  const reference = numbersOf(expected!);
  numbersOf(got!).forEach((value, i) => {
    expect(value).toBeCloseTo(reference[i]!, 5);
  });
});

test("a graph without fused products stays itself", () => {
  const b = createBuilder();
  const graph = b.build([b.relu(b.input("x", "float32", [1]))]);
  expect(lowerFusedProducts(graph)).toBe(graph);
});

test("lowering for providers without fused products leaves none", () => {
  const b = createBuilder();
  const [x, y] = [b.input("x", "float32", [2, 3, 4]), b.input("y", "float32", [2, 5, 4])];
  const graph = b.build([b.op("com.microsoft.FusedMatMul", [x, y], { transB: 1 })]);
  const ops = (target: Target): string[] => lowerConvGradients(graph, { target }).nodes.map(({ op }) => op);
  expect(ops(CPU)).toEqual(["com.microsoft.FusedMatMul"]);
  expect(ops(PORTABLE)).toEqual(["Transpose", "MatMul"]);
});
