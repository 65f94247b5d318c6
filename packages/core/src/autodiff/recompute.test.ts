import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { verify, type Builder, type Graph, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { createRng, type TensorData } from "../util/index.js";
import { evaluate } from "./evaluate.test-support.js";
import { gradients, type GradientOptions } from "./pullback.js";

const BLOCKS = 8;

/** `x ← x + tanh σ(tanh(s)·s)` with `s = σ(w·x)`, several times; the mean square is the loss. */
function stack(b: Builder, shape: readonly number[]): { loss: Value; weights: readonly Value[] } {
  let x: Value = b.input("x", "float32", shape);
  const weights = Array.from({ length: BLOCKS }, (_, i) => b.input(`w${i}`, "float32", [1]));
  weights.forEach((w, i) => {
    b.scope(`block${i}`, () => {
      const s = b.sigmoid(b.mul(x, w));
      x = b.add(x, b.tanh(b.sigmoid(b.mul(b.tanh(s), s))));
    });
  });
  return { loss: b.reduceMean(b.mul(x, x), [...shape.keys()], false), weights };
}

const everyBlock = Array.from({ length: BLOCKS }, (_, i) => `block${i}`);

function trained(shape: readonly number[], options: GradientOptions): { b: Builder; graph: Graph } {
  const b = createBuilder();
  const { loss, weights } = stack(b, shape);
  const graph = b.build([loss, ...gradients(b, loss, weights, options)]);
  verify(graph);
  return { b, graph };
}

/** Forward values that the backward pass reads: what must be kept. */
function kept({ nodes }: Graph): Set<Value> {
  const isBackward = (path: string): boolean => /^(backward|recompute)/.test(path);
  const made = new Set(nodes.filter(({ path }) => !isBackward(path)).flatMap(({ outputs }) => outputs));
  const read = nodes.filter(({ path }) => isBackward(path)).flatMap(({ inputs }) => inputs);
  return new Set(read.filter((value) => value !== undefined && made.has(value))) as Set<Value>;
}

test("gradients are the same, to the bit", async () => {
  const feeds: Record<string, readonly number[]> = { x: [0.1, -0.7, 1.3, 2] };
  everyBlock.forEach((_, i) => (feeds[`w${i}`] = [0.3 * (i - 3)]));
  const results = [];
  for (const recompute of [[], everyBlock, ["block0", "block5"]]) {
    const { b, graph } = trained([2, 2], { recompute });
    results.push(await evaluate(b, graph.outputs, feeds));
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test("only what enters a part is kept", () => {
  const plain = kept(trained([2, 2], {}).graph);
  const again = kept(trained([2, 2], { recompute: everyBlock }).graph);
  expect(plain.size).toBe(5 * BLOCKS);
  // The output of every block, which enters the next, and of the last, which the loss reads.
  expect(again.size).toBeLessThanOrEqual(BLOCKS);
  expect([...again].every((value) => value.name.includes("Add"))).toBe(true);
});

test("copies that no gradient reads are not made", () => {
  const { graph } = trained([2, 2], { recompute: everyBlock });
  const copies = graph.nodes.filter(({ path }) => path.startsWith("recompute"));
  expect(copies.some(({ op }) => op === "Tanh")).toBe(true);
  expect(copies.some(({ op, inputs }) => op === "Add" && inputs[0]!.dtype === "float32")).toBe(false);
});

test("random draws are kept, not drawn again", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [4]);
  const w = b.input("w", "float32", [4]);
  const y = b.scope("noisy", () => {
    const noise = b.op("RandomUniformLike", [x], { seed: 1 });
    return b.tanh(b.mul(b.mul(x, w), noise));
  });
  const [dw] = gradients(b, b.reduceSum(y, [0], false), [w], { recompute: ["noisy"] });
  const { nodes } = b.build([dw!]);
  expect(nodes.filter(({ op }) => op === "RandomUniformLike")).toHaveLength(1);
  expect(nodes.filter(({ op }) => op === "Tanh")).toHaveLength(2);
});

const peakMegabytes = (): number =>
  Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) / 1024;

// Optimised as in training: common subexpressions would be merged if they could.
test.skipIf(!existsSync("/proc/self/status"))("it takes less memory in ONNX Runtime", async () => {
  const shape = [1024, 1024];
  const rng = createRng(5);
  const x = { dtype: "float32", shape, data: new Float32Array(1024 * 1024) } as const;
  x.data.forEach((_, i) => (x.data[i] = rng.normal()));
  const grown = async (options: GradientOptions): Promise<number> => {
    const { graph } = trained(shape, options);
    const running = await openGraph(graph, { graphOptimizationLevel: "basic", enableMemPattern: false });
    const feeds = new Map<Value, TensorData>(
      graph.inputs.map((input) => [
        input,
        input.name === "x" ? x : { dtype: "float32", shape: [1], data: Float32Array.of(0.5) },
      ]),
    );
    const before = peakMegabytes();
    await running.run(feeds);
    const after = peakMegabytes();
    await running.dispose();
    return after - before;
  };
  // The peak only rises, so the smaller one comes first.
  const again = await grown({ recompute: everyBlock });
  const more = await grown({});
  // 4 MB a value: of five a block, four are not kept.
  expect(more).toBeGreaterThan(4 * 3 * BLOCKS);
  expect(again / (again + more)).toBeLessThan(0.5);
});
