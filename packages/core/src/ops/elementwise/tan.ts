import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = tan x`
 * `∂L/∂x = g · (1 + y²)`
 */
export const tan: OpRule<"Tan"> = {
  infer: unaryFloat("Tan"),
  vjp: ({ b, g, outputs: [y] }) => [b.mul(g, b.add(b.mul(y!, y!), 1))],
};
