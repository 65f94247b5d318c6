import { mulDim, printShape, type Dim, type Shape, type Value } from "../graph/index.js";
import { broadcastShapes, mayEqual, shapeMismatch } from "./shape-rules.js";

/** The shape of a matrix product as numpy's: vectors are rows on the left, columns on the right; batches broadcast. */
export function matMulShape(op: string, x: Shape, y: Shape): Shape {
  if (x.length === 0 || y.length === 0)
    throw shapeMismatch(
      op,
      "operands with at least one axis",
      `${printShape(x)} and ${printShape(y)}`,
      "multiply by a scalar with mul",
    );
  const left = x.length === 1 ? [1, ...x] : x;
  const right = y.length === 1 ? [...y, 1] : y;
  if (!mayEqual(left.at(-1)!, right.at(-2)!))
    throw shapeMismatch(
      op,
      `as many columns on the left as rows on the right`,
      `${printShape(x)} and ${printShape(y)}`,
      "transpose one of them, or change the layer's number of input features",
    );
  const batch = broadcastShapes(op, [left.slice(0, -2), right.slice(0, -2)]);
  const rows = x.length === 1 ? [] : [left.at(-2)!];
  const columns = y.length === 1 ? [] : [right.at(-1)!];
  return [...batch, ...rows, ...columns];
}

/** Multiply-accumulates: elements of the result times the length of each dot product. */
export function matMulMacs(result: Shape, length: Dim): Dim {
  return result.reduce(mulDim, length);
}

/** The last two axes swapped. */
export function transposedShape(shape: Shape): Shape {
  return [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!];
}

/** The permutation that swaps the last two axes. */
export function swapLastTwo({ rank }: Value): readonly number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}
