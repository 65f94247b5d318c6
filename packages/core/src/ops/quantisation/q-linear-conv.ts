import { nonDifferentiable, type OpRule } from "../../graph/index.js";
import { convolutionShape } from "../convolution-shape.js";
import { convolutionMacs } from "../window.js";

/**
 * Convolution in eight bits: inputs x, its scale and zero, w, its scale and zero, the result's scale and zero, bias.
 * Shapes as Conv; the element type is that of the result's zero.
 */
export const qLinearConv: OpRule<"QLinearConv"> = {
  infer: ({ inputs: [x, , , w, , , , zero], attrs }) => ({
    dtype: zero!.dtype,
    shape: convolutionShape("QLinearConv", x!, w!, attrs),
  }),
  macs: ({ inputs: [, , , w], outputs: [y] }) => convolutionMacs(y!.shape, w!.shape),
  vjp: nonDifferentiable("it rounds to whole numbers"),
};
