import fc from "fast-check";
import { expect, test } from "vitest";
import { verify, type Builder, type Value } from "../graph/index.js";
import { createBuilder, rules } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { createRng, tensorFrom, type TensorData } from "../util/index.js";
import { gradCheck, type RunGraph } from "./grad-check.js";
import { gradients } from "./pullback.js";

// Random small graphs of smooth operators over matrices [3,4], their transposes and what broadcasts to them.

const ROWS = 3;
const COLUMNS = 4;

interface Step {
  readonly op: number;
  readonly left: number;
  readonly right: number;
}

const matrix = (b: Builder, x: Value): Value => b.add(x, b.scalar(0, x.dtype));
const all = [ROWS, COLUMNS];

/** Operations on two matrices that give a matrix. */
const OPERATIONS: readonly ((b: Builder, x: Value, y: Value) => Value)[] = [
  (b, x, y) => b.add(x, y),
  (b, x, y) => b.sub(x, b.mul(y, 0.5)),
  (b, x, y) => b.mul(b.tanh(x), y),
  (b, x, y) => b.div(x, b.add(b.mul(y, y), 1)),
  (b, x) => b.sigmoid(x),
  (b, x) => b.mul(x, b.scalar(-0.3, x.dtype)),
  (b, x, y) => b.tanh(b.matmul(b.matmul(x, b.transpose(y, [1, 0])), x)),
  (b, x, y) => b.add(x, b.reduceMean(y, [1])),
  (b, x, y) => b.mul(x, b.reduceSum(b.sigmoid(y), [0, 1], false)),
  (b, x) => b.op("Softmax", [x], { axis: 0 }),
  (b, x) => b.op("LogSoftmax", [x], { axis: 1 }),
  (b, x, y) => b.concat([b.slice(x, [0], [2], [1]), b.slice(y, [2], [4], [1])], 1),
  (b, x) => b.reshape(b.transpose(b.reshape(x, [COLUMNS, ROWS]), [1, 0]), all),
  (b, x, y) => {
    const parts = b.emit("Split", [x], { axis: 1, num_outputs: 2 }, 2);
    return b.concat([b.mul(parts[1]!, parts[0]!), b.slice(y, [0], [2], [1])], 1);
  },
  (b, x, y) => b.op("Einsum", [x, y, y], { equation: "ij,ij,kj->ij" }),
  (b, x) => b.sqrt(b.add(b.mul(x, x), 0.5)),
  (b, x, y) => b.op("Sum", [x, b.tanh(y), x]),
  (b, x, y) =>
    b.op(
      "ReduceLogSumExp",
      [b.concat([b.reshape(x, [1, ...all]), b.reshape(y, [1, ...all])], 0), b.ints([0])],
      { keepdims: 0 },
    ),
  (b, x, y) => b.add(b.stopGradient(b.reduceMean(b.mul(y, 0), [0])), x),
];

const step: fc.Arbitrary<Step> = fc.record({
  op: fc.nat(OPERATIONS.length - 1),
  left: fc.nat(9),
  right: fc.nat(9),
});
const program = fc.array(step, { minLength: 1, maxLength: 8 });

/** Run the steps: each reads any two values made so far, the newest first. */
function play(b: Builder, steps: readonly Step[], inputs: readonly Value[]): Value {
  const made = inputs.map((input) => matrix(b, input));
  steps.forEach(({ op, left, right }, i) => {
    const pick = (n: number): Value => made[made.length - 1 - (n % made.length)]!;
    made.push(b.scope(`part${i % 3}`, () => OPERATIONS[op]!(b, pick(left), pick(right))));
  });
  return made.at(-1)!;
}

const run: RunGraph = async (graph, feeds) => {
  verify(graph);
  const running = await openGraph(graph, { graphOptimizationLevel: "basic" });
  const results = [];
  for (const feed of feeds) results.push(await running.run(feed));
  await running.dispose();
  return results;
};

function operands(seed: number): TensorData[] {
  const rng = createRng(seed);
  const numbers = (n: number): number[] => Array.from({ length: n }, () => rng.normal());
  return [
    tensorFrom("float64", [ROWS, COLUMNS], numbers(ROWS * COLUMNS)),
    // Broadcast by the first addition.
    tensorFrom("float64", [ROWS, COLUMNS], numbers(ROWS * COLUMNS)),
  ];
}

test("gradients of random graphs are those of a central difference", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.nat(1000), async (steps, seed) => {
      const check = await gradCheck((b, xs) => [play(b, steps, xs)], operands(seed), {
        rules,
        run,
        rng: createRng(seed),
        tolerance: 1e-5,
      });
      expect(check.error).toBeLessThan(1e-5);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("recomputation changes no gradient of a random graph", async () => {
  await fc.assert(
    fc.asyncProperty(
      program,
      fc.nat(1000),
      fc.subarray(["part0", "part1", "part2"]),
      async (steps, seed, parts) => {
        const b = createBuilder();
        const data = operands(seed);
        const xs = data.map((at, i) => b.input(`x${i}`, "float64", at.shape));
        const loss = b.reduceSum(b.tanh(play(b, steps, xs)), [0, 1], false);
        const plain = gradients(b, loss, xs);
        const again = gradients(b, loss, xs, { recompute: parts });
        const graph = b.build([...plain, ...again].map((value, i) => b.named(value, `out${i}`)));
        const [outputs] = await run(graph, [new Map(xs.map((x, i) => [x, data[i]!]))]);
        expect(outputs!.slice(2).map(({ data }) => data)).toEqual(
          outputs!.slice(0, 2).map(({ data }) => data),
        );
      },
    ),
    { numRuns: 40, seed: 2 },
  );
});
