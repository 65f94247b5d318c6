import { nonDifferentiable, type OpRule } from "../../graph/index.js";

/** `y = (q − zero) · scale`; scale and zero are scalars, or vectors along `axis`, or per block */
export const dequantizeLinear: OpRule<"DequantizeLinear"> = {
  infer: ({ inputs: [q, scale] }) => ({ dtype: scale!.dtype, shape: q!.shape }),
  vjp: nonDifferentiable("its operand is whole numbers"),
};
