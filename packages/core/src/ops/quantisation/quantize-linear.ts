import { nonDifferentiable, type OpRule } from "../../graph/index.js";
import { dtypeOfCode } from "../../onnx/index.js";

/** `q = saturate(round(x / scale) + zero)`; the element type is zero's, or `output_dtype`, or uint8 */
export const quantizeLinear: OpRule<"QuantizeLinear"> = {
  infer: ({ inputs: [x, , zero], attrs }) => ({
    dtype: zero?.dtype ?? dtypeOfCode(attrs.output_dtype ?? 0) ?? "uint8",
    shape: x!.shape,
  }),
  vjp: nonDifferentiable("it rounds to whole numbers"),
};
