import { random, type OpCase, type OpCases } from "../op-case.test-support.js";

const product = (x: readonly number[], y: readonly number[]): OpCase<"MatMul"> => ({
  inputs: [random(x), random(y)],
});

const summation = (equation: string, ...shapes: readonly (readonly number[])[]): OpCase<"Einsum"> => ({
  inputs: shapes.map((shape) => random(shape)),
  attrs: { equation },
});

const fused = (
  [x, y]: readonly (readonly number[])[],
  attrs: NonNullable<OpCase<"com.microsoft.FusedMatMul">["attrs"]>,
): OpCase<"com.microsoft.FusedMatMul"> => ({ inputs: [random(x!), random(y!)], attrs });

export const linearCases: OpCases = {
  Einsum: [
    summation("ij,jk->ik", [2, 3], [3, 4]),
    summation("bij,bkj->bik", [2, 3, 4], [2, 5, 4]),
    summation("bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]),
    summation("ij,jk", [2, 3], [3, 4]),
    summation("ij->ji", [2, 3]),
    summation("ij->i", [2, 3]),
    summation("ij->", [2, 3]),
    summation("i,j->ij", [2], [3]),
    summation("...ij,jk->...ik", [2, 2, 3, 4], [4, 5]),
    summation("...ij,...jk->...ik", [2, 3, 4], [1, 4, 5]),
    summation("ij,jk,kl->il", [2, 3], [3, 4], [4, 2]),
    summation("ijk,jk->i", [2, 3, 4], [3, 4]),
  ],
  Gemm: [
    { inputs: [random([2, 3]), random([3, 4]), random([4])] },
    { inputs: [random([2, 3]), random([4, 3]), random([2, 1])], attrs: { transB: 1, alpha: 0.5, beta: 2 } },
    { inputs: [random([3, 2]), random([3, 4])], attrs: { transA: 1, alpha: 0.5 } },
    { inputs: [random([3, 2]), random([4, 3]), random([])], attrs: { transA: 1, transB: 1 } },
    { inputs: [random([2, 3]), random([3, 4]), random([2, 4])] },
    { inputs: [random([2048, 3]), random([3, 4]), random([4])] },
  ],
  MatMul: [
    product([2, 3], [3, 4]),
    product([2, 5, 3], [3, 4]),
    product([2, 2, 5, 3], [3, 4]),
    product([2, 5, 3], [2, 3, 4]),
    product([2, 1, 5, 3], [3, 3, 4]),
    product([5, 3], [2, 3, 4]),
    product([3], [3]),
    product([3], [3, 4]),
    product([2, 3], [3]),
    product([2, 5, 3], [3]),
    product([3], [2, 3, 4]),
  ],
  "com.microsoft.FusedMatMul": [
    fused(
      [
        [2, 5, 3],
        [2, 3, 4],
      ],
      { alpha: 0.5 },
    ),
    fused(
      [
        [2, 3, 5],
        [2, 3, 4],
      ],
      { transA: 1 },
    ),
    fused(
      [
        [2, 5, 3],
        [2, 4, 3],
      ],
      { transB: 1, alpha: 2 },
    ),
    fused(
      [
        [2, 3, 5],
        [2, 4, 3],
      ],
      { transA: 1, transB: 1 },
    ),
    fused(
      [
        [2, 5, 3],
        [4, 3],
      ],
      { transB: 1 },
    ),
    fused(
      [
        [5, 3],
        [4, 3],
      ],
      { transB: 1 },
    ),
    {
      inputs: [random([5, 2, 3]), random([2, 3, 4])],
      attrs: { transBatchA: 1 },
      typesOnly: "a form that no gradient rule emits",
    },
  ],
};
