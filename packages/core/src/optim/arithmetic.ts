/**
 * The arithmetic that an update rule is written in. One rule has several readings: numbers (tests),
 * a SIMD loop over typed arrays (`simd-kernel.ts`), nodes of a graph (`graph-update.ts`).
 */
export interface Arithmetic<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  div(a: T, b: T): T;
  min(a: T, b: T): T;
  max(a: T, b: T): T;
  sqrt(a: T): T;
}

/** Single-precision numbers: what the kernels compute, one element at a time. */
export const float32Arithmetic: Arithmetic<number> = {
  add: (a, b) => Math.fround(a + b),
  sub: (a, b) => Math.fround(a - b),
  mul: (a, b) => Math.fround(a * b),
  div: (a, b) => Math.fround(a / b),
  min: Math.min,
  max: Math.max,
  sqrt: (a) => Math.fround(Math.sqrt(a)),
};

/** An expression over named leaves: what a rule becomes when it is read as code. */
export type Expression =
  | { readonly kind: "leaf"; readonly name: string }
  | { readonly kind: BinaryKind; readonly a: Expression; readonly b: Expression }
  | { readonly kind: "sqrt"; readonly a: Expression };

export type BinaryKind = "add" | "sub" | "mul" | "div" | "min" | "max";

const binary =
  (kind: BinaryKind) =>
  (a: Expression, b: Expression): Expression => ({ kind, a, b });

/** Records expressions. What a rule computes once and uses twice is one object, so it is computed once. */
export const symbolicArithmetic: Arithmetic<Expression> = {
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  min: binary("min"),
  max: binary("max"),
  sqrt: (a) => ({ kind: "sqrt", a }),
};

export const leaf = (name: string): Expression => ({ kind: "leaf", name });
