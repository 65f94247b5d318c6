import { zeroGradient, type OpRule } from "../../graph/index.js";
import { dtypeOfCode } from "../../onnx/index.js";

/** `y` = independent uniform numbers in [low, high), as many as x has elements; each run draws new ones */
export const randomUniformLike: OpRule<"RandomUniformLike"> = {
  infer: ({ inputs: [x], attrs }) => ({
    dtype: (attrs.dtype === undefined ? undefined : dtypeOfCode(attrs.dtype)) ?? x!.dtype,
    shape: x!.shape,
  }),
  vjp: zeroGradient("only the shape depends on the operand"),
  random: true,
};
