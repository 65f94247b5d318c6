import { nonDifferentiable, type OpRule } from "../../graph/index.js";

/** `q, scale, zero` = x in eight bits over the range that its elements span, which always holds 0 */
export const dynamicQuantizeLinear: OpRule<"DynamicQuantizeLinear"> = {
  infer: ({ inputs: [x] }) => [
    { dtype: "uint8", shape: x!.shape },
    { dtype: "float32", shape: [] },
    { dtype: "uint8", shape: [] },
  ],
  vjp: nonDifferentiable("it rounds to whole numbers"),
};
