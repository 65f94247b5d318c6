import { expect, test } from "vitest";
import { MattelierError } from "../util/index.js";
import { createBuilder } from "./index.js";
import { broadcastShapes, normaliseAxes, normaliseAxis } from "./shape-rules.js";

test("shapes broadcast as numpy's, symbols with ones and with themselves", () => {
  expect(
    broadcastShapes("Add", [
      [2, 1, 4],
      [3, 1],
    ]),
  ).toEqual([2, 3, 4]);
  expect(broadcastShapes("Add", [["n", 3], [1]])).toEqual(["n", 3]);
  expect(
    broadcastShapes("Add", [
      ["n", 1],
      ["n", "h"],
    ]),
  ).toEqual(["n", "h"]);
  expect(broadcastShapes("Add", [[], [2], [3, 1]])).toEqual([3, 2]);
  expect(broadcastShapes("Add", [[0], [1]])).toEqual([0]);
});

test("a number other than 1 decides a symbol", () => {
  expect(broadcastShapes("Add", [["n"], [8]])).toEqual([8]);
});

test("axes count from either end and come once", () => {
  expect(normaliseAxis("Concat", -1, 4)).toBe(3);
  expect(normaliseAxes("ReduceSum", [-1, 0], 3)).toEqual([0, 2]);
  expect(() => normaliseAxis("Concat", 4, 4)).toThrow(
    "Concat: expected an axis from -4 to 3 of 4 axes; got 4.",
  );
  expect(() => normaliseAxes("ReduceSum", [0, -3], 3)).toThrow("each axis once");
});

test("a mismatch says where in the model, what was expected, what came, and what to do", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 64, 57, 57]);
  const y = b.input("y", "float32", [1, 64, 56, 56]);
  try {
    b.scope("dec1", () => b.add(x, y));
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(MattelierError);
    expect((error as MattelierError).toFacts()).toEqual({
      code: "shape-mismatch",
      where: "dec1: Add",
      expected: "shapes that broadcast (sizes equal or 1, aligned at the last axis)",
      got: "[1,64,57,57] and [1,64,56,56]",
      fix: "bring axis -2 to one size, by padding, cropping or resizing one of them",
    });
  }
});

test("element types are not mixed silently", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2]);
  const n = b.input("n", "int64", [2]);
  expect(() => b.mul(n, x)).toThrow(
    'Mul: expected operands of one element type; got int64[2] and float32[2]. Fix: cast one of them, e.g. b.cast(y, "float32")',
  );
  expect(() => b.sigmoid(n)).toThrow("Sigmoid: expected a float tensor; got int64[2]");
});

test("products say what does not fit", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [2, 3]);
  expect(() => b.matmul(x, x)).toThrow(
    "as many columns on the left as rows on the right; got [2,3] and [2,3]",
  );
  expect(() => b.op("Gemm", [x, b.input("w", "float32", [4, 3])])).toThrow("got [2,3] and [4,3]");
  expect(() => b.op("Einsum", [x, x], { equation: "ij,jk->ik" })).toThrow(
    "expected one size for j; got 3 and 2",
  );
  expect(() => b.op("TopK", [x, b.ints([4])], {})).toThrow("k of at most 3, the size of axis 1; got 4");
});
