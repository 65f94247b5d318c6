import { expect, test } from "vitest";
import { printGraph, verify, type Builder, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { MattelierError } from "../util/index.js";
import { evaluate } from "./evaluate.test-support.js";
import { gradients, pullback, type GradientOptions } from "./pullback.js";

/** The gradient of Σ f(x) at x, in float64. */
async function gradientAt(
  x: readonly number[],
  f: (b: Builder, x: Value) => Value,
  options?: GradientOptions,
): Promise<readonly number[]> {
  const b = createBuilder();
  const input = b.input("x", "float64", [x.length]);
  const loss = b.reduceSum(f(b, input), [0], false);
  const [dx] = gradients(b, loss, [input], options);
  return (await evaluate(b, [dx!], { x }))[0]!;
}

function errorOf(body: () => unknown): MattelierError {
  try {
    body();
  } catch (error) {
    if (error instanceof MattelierError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("the gradients of several uses add up", async () => {
  expect(await gradientAt([1, 2, -3], (b, x) => b.add(b.add(b.mul(x, x), x), b.mul(x, 3)))).toEqual([
    6, 8, -2,
  ]);
});

test("only what lies between the parameters and the loss is differentiated", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2, 3]);
  const w = b.input("w", "float32", [3, 1]);
  const used = b.scope("layer", () => b.matmul(b.tanh(x), w));
  b.exp(used);
  const loss = b.scope("loss", () => b.reduceSum(used, [0, 1], false));
  const [dw] = gradients(b, loss, [w]);
  const graph = b.build([dw!]);
  verify(graph);
  expect(printGraph(graph)).toBe(`graph model ("" 21)
  in  x: float32[2,3]
  in  w: float32[3,1]
  ints = int64[2] {0,1}
  scalar = float32[] {1}
  ints_1 = int64[2] {1,1}
  ints_2 = int64[2] {2,1}
  layer/Tanh: float32[2,3] = Tanh(x)  # layer
  layer/MatMul: float32[2,1] = MatMul(layer/Tanh, w)  # layer
  Exp: float32[2,1] = Exp(layer/MatMul)
  loss/ReduceSum: float32[] = ReduceSum(layer/MatMul, ints) {keepdims=0}  # loss
  backward.loss/Reshape: float32[1,1] = Reshape(scalar, ints_1)  # backward.loss
  backward.loss/Expand: float32[2,1] = Expand(backward.loss/Reshape, ints_2)  # backward.loss
  backward.layer/Gemm: float32[3,1] = Gemm(layer/Tanh, backward.loss/Expand) {alpha=1, transA=1, transB=0}  # backward.layer
  out backward.layer/Gemm
`);
});

test("a stopped gradient makes a constant of a value", async () => {
  expect(await gradientAt([1, 2, -3], (b, x) => b.mul(x, b.stopGradient(x)))).toEqual([1, 2, -3]);
});

test("values may be stopped from outside", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", []);
  const square = b.mul(x, x);
  const loss = b.mul(square, x);
  const [dx] = gradients(b, loss, [x], { stopGradients: [square] });
  expect(await evaluate(b, [dx!], { x: [3] })).toEqual([[9]]);
});

test("a gradient that is zero everywhere ends a path silently", async () => {
  expect(await gradientAt([1.2, 2.7], (b, x) => b.mul(x, b.op("Round", [x])))).toEqual([1, 3]);
  const hard = (b: Builder, x: Value): Value => b.mul(x, b.cast(b.greater(x, 2), "float64"));
  expect(await gradientAt([1.2, 2.7], hard)).toEqual([0, 1]);
});

test("rounding by way of whole numbers is a zero gradient too", async () => {
  const floor = (b: Builder, x: Value): Value => b.mul(x, b.cast(b.cast(x, "int64"), "float64"));
  expect(await gradientAt([1.2, 2.7], floor)).toEqual([1, 2]);
});

test("an operator without a gradient is an error that names place, operator, reason and parameter", () => {
  const b = createBuilder();
  const w = b.input("head.weight", "float32", [4]);
  const place = b.scope("head.pick", () => b.op("ArgMax", [w], { keepdims: 0 }));
  const loss = b.mul(b.cast(b.add(place, 1), "float32"), 2);
  const { code, where, expected, got, fix } = errorOf(() => gradients(b, loss, [w]));
  expect(code).toBe("not-differentiable");
  expect(where).toBe("head.pick: ArgMax");
  expect(expected).toContain("head.weight");
  expect(got).toContain("jumps");
  expect(fix).toContain("stopGradient");
});

test("as an index the same operator is welcome", async () => {
  const pick = (b: Builder, x: Value): Value => b.op("Gather", [x, b.op("ArgMax", [x])]);
  expect(await gradientAt([1, 5, 2], pick)).toEqual([0, 1, 0]);
});

test("a value that the loss does not depend on gets zeros, or an error", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", []);
  const other = b.input("other", "float64", [2]);
  const loss = b.mul(x, 3);
  const [dOther] = gradients(b, loss, [other]);
  expect(await evaluate(b, [dOther!], { x: [1], other: [1, 2] })).toEqual([[0, 0]]);
  const error = errorOf(() => gradients(b, loss, [other], { unreached: "error" }));
  expect([error.code, error.where]).toEqual(["invalid-argument", "gradient by other"]);
});

test("a loss is one float", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2]);
  expect(errorOf(() => gradients(b, x, [x])).code).toBe("shape-mismatch");
  expect(() => gradients(b, b.input("n", "int64", []), [x])).toThrow(/one float/);
});

test("gradients may be asked for inner values, and for the loss itself", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", [1]);
  const inner = b.mul(x, 2);
  const loss = b.mul(inner, inner);
  const [dLoss, dInner, dx] = gradients(b, loss, [loss, inner, x]);
  expect(await evaluate(b, [dLoss!, dInner!, dx!], { x: [3] })).toEqual([[1], [12], [24]]);
});

test("of several outputs some may be unused", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", [4]);
  const [, second] = b.emit("Split", [x], { axis: 0, num_outputs: 2 }, 2);
  const [dx] = gradients(b, b.reduceSum(b.mul(second!, second!), [0], false), [x]);
  expect(await evaluate(b, [dx!], { x: [1, 2, 3, 4] })).toEqual([[0, 0, 6, 8]]);
});

test("a vector-Jacobian product starts from any outputs", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", [2]);
  const g = b.input("g", "float64", [2]);
  const [y, z] = [b.mul(x, x), b.mul(x, 5)];
  const [dx] = pullback(
    b,
    [
      [y, g],
      [z, g],
    ],
    [x],
  );
  expect(await evaluate(b, [dx!], { x: [1, 2], g: [10, 100] })).toEqual([[70, 900]]);
});

test("a second derivative", async () => {
  const b = createBuilder();
  const x = b.input("x", "float64", []);
  const [first] = gradients(b, b.mul(b.mul(x, x), x), [x]);
  const [second] = gradients(b, first!, [x]);
  expect(await evaluate(b, [first!, second!], { x: [5] })).toEqual([[75], [30]]);
});

test("an error in a rule bears the place", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", ["batch", 3]);
  const loss = b.scope("loss", () => b.reduceMean(x, [0, 1], false));
  const error = errorOf(() => gradients(b, loss, [x]));
  expect(error.code).toBe("unsupported");
  expect(error.where).toContain("backward.loss");
  expect(error.fix).toContain("fixed sizes");
});
