import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = 1/x`
 * `∂L/∂x = −g · y²`
 */
export const reciprocal: OpRule<"Reciprocal"> = {
  infer: unaryFloat("Reciprocal"),
  vjp: ({ b, g, outputs: [y] }) => [b.neg(b.mul(b.mul(g, y!), y!))],
};
