import type { Builder, OpRule, Shape, Value } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { MattelierError } from "../../util/index.js";
import { commonDtype } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { matMulMacs, matMulShape, transposedShape } from "../mat-mul-shape.js";
import { multiplyTransposed } from "./multiply-transposed.js";

type Attributes = OpAttributes<"com.microsoft.FusedMatMul">;

/**
 * ONNX Runtime's own `C = α · A′ · B′`: A′ is A with its last two axes swapped if transA; transBatchA first moves
 * its first axis behind the batch: [M, batch…, K] → [batch…, M, K]. B′ likewise. Float32 on the CPU provider only.
 * `∂L/∂A′ = α G B′ᵗ`, `∂L/∂B′ = α A′ᵗ G`
 */
export const fusedMatMul: OpRule<"com.microsoft.FusedMatMul"> = {
  infer: ({ inputs: [x, y], attrs }) => ({
    dtype: commonDtype("FusedMatMul", [x!, y!]),
    shape: matMulShape("FusedMatMul", ...operands(x!, y!, attrs)),
  }),
  macs: ({ inputs: [x, y], outputs: [z], attrs }) => matMulMacs(z!.shape, operands(x!, y!, attrs)[0].at(-1)!),
  vjp({ b, g, inputs: [x, y], attrs, wanted }) {
    if (attrs.transBatchA === 1 || attrs.transBatchB === 1 || x!.rank < 2 || y!.rank < 2)
      throw new MattelierError({
        code: "unsupported",
        where: "gradient of FusedMatMul",
        expected: "matrices or batches of them, without transBatchA and transBatchB",
        got: "a fused product of another form",
        fix: "write it as Transpose and MatMul",
      });
    return [
      wanted[0] ? sumTo(b, leftGradient(b, g, y!, attrs), x!.shape) : undefined,
      wanted[1] ? sumTo(b, rightGradient(b, g, x!, attrs), y!.shape) : undefined,
    ];
  },
};

function operands(x: Value, y: Value, attrs: Attributes): [Shape, Shape] {
  return [
    operandShape(x.shape, attrs.transA, attrs.transBatchA),
    operandShape(y.shape, attrs.transB, attrs.transBatchB),
  ];
}

function operandShape(shape: Shape, trans: number | undefined, transBatch: number | undefined): Shape {
  const rolled = transBatch === 1 ? [...shape.slice(1, -1), shape[0]!, shape.at(-1)!] : shape;
  return trans === 1 && shape.length > 1 ? transposedShape(rolled) : rolled;
}

function leftGradient(b: Builder, g: Value, y: Value, { alpha = 1, transA, transB }: Attributes): Value {
  return transA === 1
    ? multiplyTransposed(b, y, g, { alpha, transA: transB === 1, transB: true })
    : multiplyTransposed(b, g, y, { alpha, transB: transB !== 1 });
}

function rightGradient(b: Builder, g: Value, x: Value, { alpha = 1, transA, transB }: Attributes): Value {
  return transB === 1
    ? multiplyTransposed(b, g, x, { alpha, transA: true, transB: transA === 1 })
    : multiplyTransposed(b, x, g, { alpha, transA: transA !== 1 });
}
