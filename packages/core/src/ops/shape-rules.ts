import type { Dim, Shape, Value, ValueType } from "../graph/index.js";
import { mulDim, printShape } from "../graph/index.js";
import { isFloat, MattelierError } from "../util/index.js";

/** The error for shapes that do not fit together. `where` names the operator: `Concat(axis=1)`. */
export function shapeMismatch(where: string, expected: string, got: string, fix: string): MattelierError {
  return new MattelierError({ code: "shape-mismatch", where, expected, got, fix });
}

/** The error for element types that do not fit together. */
export function dtypeMismatch(where: string, expected: string, got: string, fix: string): MattelierError {
  return new MattelierError({ code: "dtype-mismatch", where, expected, got, fix });
}

/** `float32[N,3,8,8]`, as errors show a value. */
export function printType({ dtype, shape }: ValueType): string {
  return `${dtype}${printShape(shape)}`;
}

/** The type of a value alone. */
export function typeOf({ dtype, shape }: ValueType): ValueType {
  return { dtype, shape };
}

/**
 * The shape that shapes broadcast to, as numpy does. A symbol against a number other than 1 gives the number;
 * two different symbols are trusted to be equal at run time.
 * @throws MattelierError `shape-mismatch`
 */
export function broadcastShapes(where: string, shapes: readonly Shape[]): Shape {
  return shapes.reduce((a, b) => {
    const rank = Math.max(a.length, b.length);
    return Array.from({ length: rank }, (_, i): Dim => {
      const dim = broadcastDim(a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1);
      if (dim !== undefined) return dim;
      throw shapeMismatch(
        where,
        "shapes that broadcast (sizes equal or 1, aligned at the last axis)",
        shapes.map(printShape).join(" and "),
        `bring axis ${i - rank} to one size, by padding, cropping or resizing one of them`,
      );
    });
  });
}

function broadcastDim(a: Dim, b: Dim): Dim | undefined {
  if (a === b || b === 1) return a;
  if (a === 1) return b;
  if (typeof a === "number") return typeof b === "number" ? undefined : a;
  return typeof b === "number" ? b : a;
}

/** Whether two sizes may be equal at run time: only two different numbers may not. */
export function mayEqual(a: Dim, b: Dim): boolean {
  return a === b || typeof a === "string" || typeof b === "string";
}

/** An axis counted from the front. @throws MattelierError `shape-mismatch` when there is no such axis. */
export function normaliseAxis(where: string, axis: number, rank: number): number {
  if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  throw shapeMismatch(
    where,
    `an axis from ${-rank} to ${rank - 1} of ${rank} axes`,
    String(axis),
    "axes count from 0, or from -1 backwards; perhaps the input lacks one",
  );
}

/** Axes counted from the front, ascending. @throws MattelierError `shape-mismatch`, also for an axis given twice. */
export function normaliseAxes(where: string, axes: readonly number[], rank: number): readonly number[] {
  const sorted = axes.map((axis) => normaliseAxis(where, axis, rank)).sort((a, b) => a - b);
  if (new Set(sorted).size < sorted.length)
    throw shapeMismatch(
      where,
      "each axis once",
      `axes [${axes.join(",")}]`,
      "leave out the one that is there twice",
    );
  return sorted;
}

/** Product of the sizes of some axes; 1 for none. */
export function productOf(shape: Shape): Dim {
  return shape.reduce(mulDim, 1);
}

/** The one element type of all the values. @throws MattelierError `dtype-mismatch` */
export function commonDtype(where: string, values: readonly Value[]): ValueType["dtype"] {
  const first = values[0]!.dtype;
  if (values.every((value) => value.dtype === first)) return first;
  throw dtypeMismatch(
    where,
    "operands of one element type",
    values.map(printType).join(" and "),
    `cast one of them, e.g. b.cast(y, "${values.find((value) => isFloat(value.dtype))?.dtype ?? first}")`,
  );
}

/** @throws MattelierError `dtype-mismatch` unless the value is a float. */
export function requireFloat(where: string, value: Value): void {
  if (isFloat(value.dtype)) return;
  throw dtypeMismatch(where, "a float tensor", printType(value), 'cast it, e.g. b.cast(x, "float32")');
}

/** @throws MattelierError `shape-mismatch` unless the value has `rank` axes; `layout` says which: `[N,C,H,W]`. */
export function requireRank(where: string, value: Value, rank: number, layout: string): void {
  if (value.rank === rank) return;
  throw shapeMismatch(
    where,
    `${rank} axes ${layout}`,
    printShape(value.shape),
    "reshape, squeeze or unsqueeze the input",
  );
}
