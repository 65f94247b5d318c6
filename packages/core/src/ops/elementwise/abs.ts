import type { OpRule } from "../../graph/index.js";
import { computed, onNumbers, unary } from "./infer-elementwise.js";

/**
 * `y = |x|`
 * `∂L/∂x = g · sign(x)`   0 at x = 0, as PyTorch
 */
export const abs: OpRule<"Abs"> = {
  infer: unary,
  inferData: computed(onNumbers((x) => Math.abs(x))),
  vjp: ({ b, g, inputs: [x] }) => [b.mul(g, b.op("Sign", [x]))],
};
