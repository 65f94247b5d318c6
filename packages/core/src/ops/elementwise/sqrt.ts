import type { OpRule } from "../../graph/index.js";
import { computed, onNumbers, unaryFloat } from "./infer-elementwise.js";

/**
 * `y = √x`
 * `∂L/∂x = g / 2y`   infinite at x = 0, as PyTorch
 */
export const sqrt: OpRule<"Sqrt"> = {
  infer: unaryFloat("Sqrt"),
  inferData: computed(onNumbers((x) => Math.sqrt(x))),
  vjp: ({ b, g, outputs: [y] }) => [b.div(b.mul(g, 0.5), y!)],
};
