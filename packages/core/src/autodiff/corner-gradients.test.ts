import { expect, test } from "vitest";
import type { Builder, Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { tensorFrom } from "../util/index.js";
import { evaluate } from "./evaluate.test-support.js";
import { gradients } from "./pullback.js";

// Gradients where functions have corners, which a central difference cannot check. The values are PyTorch 1.13's
// (torch.relu, relu6, maximum, amax, prod, pow, norm, abs, leaky_relu, hardtanh at these points).

type Apply = (b: Builder, ...xs: Value[]) => Value;

/** Gradients of the sum of what `apply` makes, by every operand. */
async function at(
  dtype: "float32" | "float64",
  operands: readonly (readonly number[])[],
  apply: Apply,
): Promise<readonly (readonly number[])[]> {
  const b = createBuilder();
  const xs = operands.map((operand, i) => b.input(`x${i}`, dtype, [operand.length]));
  const y = apply(b, ...xs);
  const loss = b.reduceSum(y, [...y.shape.keys()], false);
  const feeds = Object.fromEntries(operands.map((operand, i) => [`x${i}`, operand]));
  return evaluate(b, gradients(b, loss, xs), feeds);
}

const cases: readonly [string, readonly (readonly number[])[], Apply, readonly (readonly number[])[]][] = [
  ["relu at 0", [[-1, 0, 2]], (b, x) => b.relu(x), [[0, 0, 1]]],
  ["abs at 0", [[-1, 0, 2]], (b, x) => b.abs(x), [[-1, 0, 1]]],
  [
    "clip at its bounds",
    [[-2, -1, 0, 1, 2]],
    (b, x) => b.op("Clip", [x, b.scalar(-1, x.dtype), b.scalar(1, x.dtype)]),
    [[0, 0, 1, 0, 0]],
  ],
  [
    "ReLU6 at its bounds",
    [[-1, 0, 1e-30, 5.9999995, 6, 7]],
    (b, x) => b.op("Clip", [x, b.scalar(0, x.dtype), b.scalar(6, x.dtype)]),
    [[0, 0, 1, 1, 0, 0]],
  ],
  [
    "max of equals",
    [
      [1, 2, 3],
      [3, 2, 1],
    ],
    (b, x, y) => b.max(x, y),
    [
      [0, 0.5, 1],
      [1, 0.5, 0],
    ],
  ],
  [
    "min of equals",
    [
      [1, 2, 3],
      [3, 2, 1],
    ],
    (b, x, y) => b.min(x, y),
    [
      [1, 0.5, 0],
      [0, 0.5, 1],
    ],
  ],
  [
    "max of three, two of them equal",
    [
      [1, 5],
      [5, 5],
      [5, 5],
    ],
    (b, x, y, z) => b.op("Max", [x, y, z]),
    [
      [0, 1 / 3],
      [0.5, 1 / 3],
      [0.5, 1 / 3],
    ],
  ],
  [
    "the maximum, attained twice",
    [[1, 4, 4]],
    (b, x) => b.op("ReduceMax", [x], { keepdims: 0 }),
    [[0, 0.5, 0.5]],
  ],
  [
    "the minimum, attained twice",
    [[1, 1, 4]],
    (b, x) => b.op("ReduceMin", [x], { keepdims: 0 }),
    [[0.5, 0.5, 0]],
  ],
  ["a product with one zero", [[2, 0, 3]], (b, x) => b.op("ReduceProd", [x], { keepdims: 0 }), [[0, 6, 0]]],
  ["a product with two zeros", [[2, 0, 0]], (b, x) => b.op("ReduceProd", [x], { keepdims: 0 }), [[0, 0, 0]]],
  ["the norm of zeros", [[0, 0]], (b, x) => b.op("ReduceL2", [x], { keepdims: 0 }), [[0, 0]]],
  [
    "0 to the power of 0, 1 and 2",
    [
      [0, 0, 0],
      [0, 1, 2],
    ],
    (b, x, y) => b.pow(x, y),
    [
      [0, 1, 0],
      [0, 0, 0],
    ],
  ],
  ["x squared at 0", [[0, -3]], (b, x) => b.pow(x, 2), [[0, -6]]],
];

test.each(cases)("%s", async (_, operands, apply, expected) => {
  expect(await at("float64", operands, apply)).toEqual(expected);
  const single = await at("float32", operands, apply);
  expect(single).toEqual(expected.map((row) => row.map(Math.fround)));
});

test.each([
  ["leaky", (b: Builder, x: Value) => b.op("LeakyRelu", [x], { alpha: 0.25 }), [0.25, 0.25, 1]],
  ["elu", (b: Builder, x: Value) => b.op("Elu", [x], { alpha: 0.5 }), [0.5 * Math.exp(-1), 0.5, 1]],
  [
    "hard sigmoid, outside and at its ends",
    (b: Builder, x: Value) => b.op("HardSigmoid", [x], { alpha: 1, beta: 1 }),
    [0, 0, 0],
  ],
])("%s, in float32", async (_, apply, expected) => {
  const [dx] = await at("float32", [[-1, 0, 2]], (b, x) => apply(b, x));
  dx!.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i]!, 6);
  });
});

test("dropout passes gradients where it passed values, scaled alike", async () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [64]);
  const ratio = b.constant(tensorFrom("float32", [], [0.25]));
  const training = b.constant(tensorFrom("bool", [], [1]));
  const [y] = b.emit("Dropout", [x, ratio, training], { seed: 3 }, 2);
  const [dx] = gradients(b, b.reduceSum(y!, [0], false), [x]);
  const ones = new Array<number>(64).fill(1);
  const [values, slopes] = await evaluate(b, [y!, dx!], { x: ones });
  expect(slopes).toEqual(values);
  expect(new Set(slopes)).toEqual(new Set([0, Math.fround(4 / 3)]));
});

test("the gradient of clipping reads what came out, not what came in", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [4]);
  const y = b.op("Clip", [x, b.scalar(0, "float32"), b.scalar(6, "float32")]);
  gradients(b, b.reduceSum(y, [0], false), [x]);
  expect(b.nodes.filter(({ inputs }) => inputs.includes(x)).map(({ op }) => op)).toEqual(["Clip"]);
});
