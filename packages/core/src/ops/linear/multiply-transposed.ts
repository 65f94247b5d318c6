import type { Builder, Value } from "../../graph/index.js";
import { swapLastTwo } from "../mat-mul-shape.js";

export interface Transposition {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/**
 * `α · A · B`, matrices or batches of them, either transposed first, without copying the operands where ONNX Runtime
 * has a kernel for that: Gemm for two matrices, FusedMatMul (float32 on CPU; lowering replaces it elsewhere) for batches.
 */
export function multiplyTransposed(b: Builder, x: Value, y: Value, how: Transposition): Value {
  const { transA = false, transB = false, alpha = 1 } = how;
  if (!transA && !transB && alpha === 1) return b.matmul(x, y);
  const attrs = { alpha, transA: Number(transA), transB: Number(transB) };
  if (x.rank === 2 && y.rank === 2) return b.op("Gemm", [x, y], attrs);
  if (x.dtype === "float32") return b.op("com.microsoft.FusedMatMul", [x, y], attrs);
  return multiplyInStandardOperators(b, x, y, how);
}

/** The same by Transpose, MatMul and Mul alone: every provider and type. */
export function multiplyInStandardOperators(
  b: Builder,
  x: Value,
  y: Value,
  { transA = false, transB = false, alpha = 1 }: Transposition,
): Value {
  const left = transA ? b.transpose(x, swapLastTwo(x)) : x;
  const right = transB ? b.transpose(y, swapLastTwo(y)) : y;
  const product = b.matmul(left, right);
  return alpha === 1 ? product : b.mul(product, alpha);
}
