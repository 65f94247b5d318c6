import { expect, test } from "vitest";
import type { Builder, Value } from "../graph/index.js";
import { tensorFrom } from "../util/index.js";
import { createBuilder } from "./index.js";

// What exporters write between a tensor and the Reshape, Expand or Resize that takes its sizes: it must come out
// known, also where sizes are symbols.

const scalar = (b: Builder, value: number): Value => b.constant(tensorFrom("int64", [], [value]));
const sizeOf = (b: Builder, x: Value, axis: number): Value =>
  b.op("Gather", [b.op("Shape", [x]), scalar(b, axis)]);
const asVector = (b: Builder, x: Value): Value => b.op("Unsqueeze", [x, b.ints([0])]);

test("view(n, -1): sizes gathered, multiplied and concatenated", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", ["n", 8, 4, "w"]);
  const rows = asVector(b, sizeOf(b, x, 0));
  const columns = asVector(b, b.mul(b.mul(sizeOf(b, x, 1), sizeOf(b, x, 2)), sizeOf(b, x, 3)));
  expect(columns.known).toEqual(["w*32"]);
  expect(b.op("Reshape", [x, b.concat([rows, columns], 0)]).shape).toEqual(["n", "w*32"]);
});

test("interpolate(scale_factor=0.5): through floats and back", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 3, 37, 50]);
  const sizes = [2, 3].map((axis) => {
    const size = b.cast(sizeOf(b, x, axis), "float32");
    return asVector(b, b.cast(b.op("Floor", [b.mul(size, 0.5)]), "int64"));
  });
  expect(b.concat(sizes, 0).known).toEqual([18, 25]);
});

test("interpolate(scale_factor=2) with a symbolic size", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 3, "h", 50]);
  const doubled = b.cast(b.op("Floor", [b.mul(b.cast(sizeOf(b, x, 2), "float32"), 2)]), "int64");
  expect(doubled.known).toEqual(["h*2"]);
});

test("expand(-1, 4): where the wish is -1, the tensor's own size", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", ["n", 1]);
  const wish = b.ints([-1, 4]);
  const ones = b.op("ConstantOfShape", [b.ints([2])], { value: tensorFrom("int64", [1], [1]) });
  const shape = b.where(b.equal(wish, b.mul(ones, -1)), ones, wish);
  expect(shape.known).toEqual([1, 4]);
  expect(b.op("Expand", [x, shape]).shape).toEqual(["n", 4]);
});

test("ceiling division of a size, as padding to windows does", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [1, 30, "h", 3]);
  const windows = (axis: number) => b.div(b.add(sizeOf(b, x, axis), 6), 7).known;
  expect(windows(1)).toEqual([5]);
  expect(windows(2)).toEqual(["(h+6)//7"]);
  expect(b.op("Mod", [sizeOf(b, x, 1), scalar(b, 7)]).known).toEqual([2]);
});

test("ranges over a size", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", [3, "h"]);
  const range = (axis: number): Value => b.op("Range", [scalar(b, 0), sizeOf(b, x, axis), scalar(b, 1)]);
  expect(range(0).known).toEqual([0, 1, 2]);
  expect(range(1).shape).toEqual(["h"]);
});

test("integers divide towards zero, and types cut", () => {
  const b = createBuilder();
  expect(b.div(b.ints([-7, 7]), 2).known).toEqual([-3, 3]);
  const halves = b.constant(tensorFrom("float32", [3], [-1.5, 0.5, 2.7]));
  expect(b.cast(halves, "int64").known).toEqual([-1, 0, 2]);
  expect(b.cast(halves, "bool").known).toEqual([1, 1, 1]);
  expect(b.op("Round", [halves]).known).toEqual([-2, 0, 3]);
});

test("comparisons of symbols are known only when they cannot differ", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", ["n", "n", "m"]);
  const n = sizeOf(b, x, 0);
  expect(b.equal(n, sizeOf(b, x, 1)).known).toEqual([1]);
  expect(b.equal(n, sizeOf(b, x, 2)).known).toBeUndefined();
  expect(b.equal(n, -1).known).toEqual([0]);
  expect(b.max(n, 1).known).toEqual(["n"]);
  expect(b.max(n, 2).known).toBeUndefined();
});

test("a whole product: how many elements", () => {
  const b = createBuilder();
  const x = b.input("x", "float32", ["n", 3, 5]);
  expect(b.op("ReduceProd", [b.op("Shape", [x])], { keepdims: 0 }).known).toEqual(["n*15"]);
});

test("the reach of a constant ends where it is too long to read", () => {
  const b = createBuilder();
  const long = b.constant(tensorFrom("int64", [5000], new Array<number>(5000).fill(1)));
  expect(b.add(long, 1).known).toBeUndefined();
});
