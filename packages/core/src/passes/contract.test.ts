import { expect, test } from "vitest";
import { printGraph, verify, type Graph, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import {
  createRng,
  narrowToFloat16,
  numbersOf,
  sizeOf,
  tensorFrom,
  type Rng,
  type TensorData,
} from "../util/index.js";
import { passes, runPasses, foldBatchNorm, removeDeadNodes, removeIdentities } from "./index.js";

const random = (rng: Rng, shape: readonly number[], low = -1, high = 1): TensorData =>
  tensorFrom(
    "float32",
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * rng.uniform()),
  );

/** Conv → BN → ReLU, ConvTranspose in groups → BN, a BN after a split use, a dead branch, identities. */
function sample(): Graph {
  const rng = createRng(5);
  const b = createBuilder();
  const constant = (shape: number[], low?: number) => b.constant(random(rng, shape, low), "w");
  const norm = (x: Value, channels: number) =>
    b.op(
      "BatchNormalization",
      [x, constant([channels], 0.5), constant([channels]), constant([channels]), constant([channels], 0.2)],
      { epsilon: 1e-3 },
    );
  const x = b.input("x", "float32", [2, 4, 7, 6]);
  const conv = b.op("Conv", [x, constant([8, 4, 3, 3]), constant([8])], {
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
  });
  const y = b.op("Identity", [b.relu(norm(conv, 8))]);
  const up = norm(
    b.op("ConvTranspose", [y, constant([8, 3, 2, 2])], { kernel_shape: [2, 2], strides: [2, 2], group: 2 }),
    6,
  );
  const shared = b.op("Conv", [x, constant([5, 4, 1, 1])], { kernel_shape: [1, 1] });
  // Halves that single precision holds exactly: eighths.
  const eighths = Float32Array.from({ length: 5 }, (_, i) => i / 8);
  const halves = b.constant(
    { dtype: "float16", shape: [1, 5, 1, 1], data: narrowToFloat16(eighths) },
    "halves",
  );
  const kept = b.add(b.add(norm(shared, 5), shared), b.cast(halves, "float32"));
  b.exp(kept);
  return b.build([b.named(up, "up"), b.named(kept, "kept")]);
}

async function outputsOf(graph: Graph): Promise<readonly TensorData[]> {
  const running = await openGraph(graph);
  const results = await running.run(new Map([[graph.inputs[0]!, random(createRng(9), [2, 4, 7, 6])]]));
  await running.dispose();
  return results;
}

test.each(passes.map((pass) => [pass.name, pass] as const))(
  "%s: equal outputs under the same names, a legal graph, nothing more to do the second time",
  async (_, pass) => {
    const before = sample();
    const { graph, applied } = pass.apply(before);
    verify(graph);
    expect(applied).toBeGreaterThan(0);
    expect(graph.outputs.map(({ name }) => name)).toEqual(before.outputs.map(({ name }) => name));
    const [expected, got] = [await outputsOf(before), await outputsOf(graph)];
    got.forEach((tensor, i) => {
      expect(tensor.shape).toEqual(expected[i]!.shape);
      const want = numbersOf(expected[i]!);
      const worst = Math.max(...numbersOf(tensor).map((v, j) => Math.abs(v - want[j]!)));
      expect(worst).toBeLessThan(2e-5);
    });
    expect(printGraph(pass.apply(graph).graph)).toBe(printGraph(graph));
  },
);

test("folding refuses, with the reason, what it would change", () => {
  const { refusals, applied } = foldBatchNorm.apply(sample());
  expect(applied).toBe(2);
  expect(refusals.map(({ reason }) => reason)).toEqual(["the convolution's result is read elsewhere too"]);
});

test("together: no batch normalisation but the one refused, no identity, no dead node", () => {
  const { graph } = runPasses(sample(), [removeIdentities, foldBatchNorm, removeDeadNodes]);
  const count = (op: string) => graph.nodes.filter((node) => node.op === op).length;
  expect([count("BatchNormalization"), count("Identity"), count("Exp")]).toEqual([1, 0, 0]);
});

test("what is applied twice folds into constants that are there once", () => {
  const rng = createRng(6);
  const b = createBuilder();
  const weights = b.constant(random(rng, [3, 2, 1, 1]), "w");
  const [scale, shift, mean, variance] = [0.5, -1, -1, 0.2].map((low, i) =>
    b.constant(random(rng, [3], low), `n${i}`),
  ) as [Value, Value, Value, Value];
  const block = (x: Value, by: Value): Value =>
    b.op("BatchNormalization", [
      b.op("Conv", [x, weights], { kernel_shape: [1, 1] }),
      by,
      shift,
      mean,
      variance,
    ]);
  const [x, y] = [b.input("x", "float32", [1, 2, 4, 4]), b.input("y", "float32", [1, 2, 2, 2])];
  const outputs = [block(x, scale), block(y, scale), block(x, variance)];
  const { graph, applied } = foldBatchNorm.apply(
    b.build(outputs.map((value, i) => b.named(value, `out${i}`))),
  );
  expect(applied).toBe(3);
  const used = graph.nodes.filter(({ op }) => op === "Conv").map(({ inputs }) => inputs[1]);
  expect(used[0]).toBe(used[1]);
  expect(used[2]).not.toBe(used[0]);
});
