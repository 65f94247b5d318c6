import { internalError } from "../util/errors.js";

/**
 * Size of an axis: a number, or the text of an expression over symbols (`batch`, `(h+1)//2`).
 * Texts are built one way only, so equal texts mean equal sizes.
 */
export type Dim = number | string;
export type Shape = readonly Dim[];

const ATOM = /^\w+$/;
const wrap = (d: Dim): string => (typeof d === "number" || ATOM.test(d) ? String(d) : `(${d})`);

export function addDim(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0) return b;
  if (b === 0) return a;
  if (typeof a === "number") return addDim(b, a);
  // Fold a trailing number: `h+3` + 2 is `h+5`.
  const tail = /^(.*?)([+-]\d+)$/.exec(a);
  if (tail && typeof b === "number" && balanced(tail[1]!)) return addDim(tail[1]!, Number(tail[2]) + b);
  return typeof b === "number" && b < 0 ? `${a}${b}` : `${a}+${wrap(b)}`;
}

export function mulDim(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (a === 0 || b === 0) return 0;
  if (a === 1) return b;
  if (b === 1) return a;
  if (typeof a === "number") return mulDim(b, a);
  const product = typeof b === "number" ? factored(a) : undefined;
  return product ? mulDim(product.rest, product.factor * Number(b)) : `${wrap(a)}*${wrap(b)}`;
}

/** `x*12` as x and 12. */
function factored(text: string): { rest: string; factor: number } | undefined {
  const [, rest, factor] = /^(\w+|\(.*\))\*(\d+)$/.exec(text) ?? [];
  return rest !== undefined && balanced(rest) ? { rest: unwrap(rest), factor: Number(factor) } : undefined;
}

/** Quotient rounded down. */
export function floorDivDim(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  if (b === 1) return a;
  if (a === b) return 1;
  const product = typeof a === "string" ? factored(a) : undefined;
  if (product && typeof b === "number" && product.factor % b === 0)
    return mulDim(product.rest, product.factor / b);
  return `${wrap(a)}//${wrap(b)}`;
}

const unwrap = (text: string): string =>
  text.startsWith("(") && text.endsWith(")") && balanced(text.slice(1, -1)) ? text.slice(1, -1) : text;

function balanced(text: string): boolean {
  let depth = 0;
  for (const c of text) {
    if (c === "(") depth += 1;
    if (c === ")" && --depth < 0) return false;
  }
  return depth === 0;
}

/** Number of elements. */
export function sizeOfShape(shape: Shape): Dim {
  return shape.reduce(mulDim, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** `[N,3,320,320]` */
export function printShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** The shape as numbers. @throws MattelierError `internal` when an axis is symbolic. */
export function staticShape(shape: Shape, where: string): readonly number[] {
  if (shape.every((dim) => typeof dim === "number")) return shape;
  throw internalError(where, "static sizes", printShape(shape));
}
