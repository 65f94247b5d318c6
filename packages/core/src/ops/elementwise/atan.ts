import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = arctan x`
 * `∂L/∂x = g / (1 + x²)`
 */
export const atan: OpRule<"Atan"> = {
  infer: unaryFloat("Atan"),
  vjp: ({ b, g, inputs: [x] }) => [b.div(g, b.add(b.mul(x!, x!), 1))],
};
