import { nonDifferentiable, type OpRule } from "../../graph/index.js";
import { matMulMacs, matMulShape } from "../mat-mul-shape.js";

/** `C = (A − zeroA) · (B − zeroB)` in 32 bits; shapes as MatMul */
export const matMulInteger: OpRule<"MatMulInteger"> = {
  infer: ({ inputs: [a, c] }) => ({
    dtype: "int32",
    shape: matMulShape("MatMulInteger", a!.shape, c!.shape),
  }),
  macs: ({ inputs: [a], outputs: [y] }) => matMulMacs(y!.shape, a!.shape.at(-1)!),
  vjp: nonDifferentiable("its operands are whole numbers"),
};
