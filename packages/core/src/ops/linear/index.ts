import type { RuleTable } from "../../graph/index.js";
import { einsum } from "./einsum.js";
import { fusedMatMul } from "./fused-mat-mul.js";
import { gemm } from "./gemm.js";
import { matMul } from "./mat-mul.js";

/** Products of matrices. */
export const linearRules = {
  Einsum: einsum,
  Gemm: gemm,
  MatMul: matMul,
  "com.microsoft.FusedMatMul": fusedMatMul,
} satisfies Partial<RuleTable>;
