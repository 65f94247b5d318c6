import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = ln(1 + eˣ)`
 * `∂L/∂x = g · σ(x)`
 */
export const softplus: OpRule<"Softplus"> = {
  infer: unaryFloat("Softplus"),
  vjp: ({ b, g, inputs: [x] }) => [b.mul(g, b.sigmoid(x!))],
};
