import type { Builder, OpRule, Value } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { commonDtype } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { matMulMacs, matMulShape } from "../mat-mul-shape.js";
import { multiplyTransposed } from "./multiply-transposed.js";

/**
 * `C = A · B`     [..., M, K] · [..., K, N] → [..., M, N]; batches broadcast; vectors as numpy's matmul
 * `∂L/∂A = G · Bᵗ`, `∂L/∂B = Aᵗ · G`     summed over the batches that were broadcast
 */
export const matMul: OpRule<"MatMul"> = {
  infer: ({ inputs: [x, y] }) => ({
    dtype: commonDtype("MatMul", [x!, y!]),
    shape: matMulShape("MatMul", x!.shape, y!.shape),
  }),
  macs: ({ inputs: [x], outputs: [z] }) => matMulMacs(z!.shape, x!.shape.at(-1)!),
  vjp({ b, g, inputs: [x, y], wanted }) {
    const a = x!.rank === 1 ? b.reshape(x!, [1, fixedShape("MatMul", x!.shape)[0]!]) : x!;
    const c = y!.rank === 1 ? b.reshape(y!, [fixedShape("MatMul", y!.shape)[0]!, 1]) : y!;
    const full = matMulShape("MatMul", a.shape, c.shape);
    const gradient = full.length === g.rank ? g : b.reshape(g, fixedShape("MatMul", full));
    return [
      wanted[0] ? back(b, leftGradient(b, gradient, a, c), x!) : undefined,
      wanted[1] ? back(b, rightGradient(b, gradient, a, c), y!) : undefined,
    ];
  },
};

/** `G · Cᵗ`: when A alone is a batch, G's rows of all batches are one matrix. */
function leftGradient(b: Builder, g: Value, a: Value, c: Value): Value {
  if (c.rank === 2 && a.rank > 2) {
    const rows = multiplyTransposed(b, asMatrix(b, g), c, { transB: true });
    return b.reshape(rows, fixedShape("MatMul", a.shape));
  }
  return sumTo(b, multiplyTransposed(b, g, c, { transB: true }), a.shape);
}

/** `Aᵗ · G`: when A alone is a batch, one product of tall matrices sums over the batch too. */
function rightGradient(b: Builder, g: Value, a: Value, c: Value): Value {
  if (c.rank === 2 && a.rank > 2)
    return multiplyTransposed(b, asMatrix(b, a), asMatrix(b, g), { transA: true });
  return sumTo(b, multiplyTransposed(b, a, g, { transA: true }), c.shape);
}

/** [..., M, N] as [... · M, N]; rows lie one after the other anyway. */
function asMatrix(b: Builder, x: Value): Value {
  return b.reshape(x, [-1, fixedShape("MatMul", x.shape).at(-1)!]);
}

/** A gradient in the shape that a vector had before it became a matrix. */
function back(b: Builder, gradient: Value, like: Value): Value {
  return gradient.rank === like.rank ? gradient : b.reshape(gradient, fixedShape("MatMul", like.shape));
}
