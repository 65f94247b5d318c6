import { nonDifferentiable, type OpRule } from "../../graph/index.js";
import { convolutionShape } from "../convolution-shape.js";
import { convolutionMacs } from "../window.js";

/** Convolution of `x − zeroX` with `w − zeroW` in 32 bits; shapes as Conv */
export const convInteger: OpRule<"ConvInteger"> = {
  infer: ({ inputs: [x, w], attrs }) => ({
    dtype: "int32",
    shape: convolutionShape("ConvInteger", x!, w!, attrs),
  }),
  macs: ({ inputs: [, w], outputs: [y] }) => convolutionMacs(y!.shape, w!.shape),
  vjp: nonDifferentiable("its operands are whole numbers"),
};
