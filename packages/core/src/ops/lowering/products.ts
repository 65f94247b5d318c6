import type { Builder, Value } from "../../graph/index.js";
import type { Target } from "./target.js";

/** `x·yᵀ` over the last two axes, batched over the others: [M,R,P], [M,S,P] → [M,R,S]. */
export function timesTransposed(b: Builder, target: Target, x: Value, y: Value): Value {
  if (target.fusedMatMul) return b.op("com.microsoft.FusedMatMul", [x, y], { transB: 1 });
  return b.matmul(x, b.transpose(y, swapLast(y.rank)));
}

/** `xᵀ·y` over the last two axes, batched over the others: [M,P,R], [M,P,S] → [M,R,S]. */
export function transposedTimes(b: Builder, target: Target, x: Value, y: Value): Value {
  if (target.fusedMatMul) return b.op("com.microsoft.FusedMatMul", [x, y], { transA: 1 });
  return b.matmul(b.transpose(x, swapLast(x.rank)), y);
}

function swapLast(rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  [axes[rank - 2], axes[rank - 1]] = [rank - 1, rank - 2];
  return axes;
}
