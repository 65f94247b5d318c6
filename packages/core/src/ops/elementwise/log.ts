import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = ln x`
 * `∂L/∂x = g / x`
 */
export const log: OpRule<"Log"> = {
  infer: unaryFloat("Log"),
  vjp: ({ b, g, inputs: [x] }) => [b.div(g, x!)],
};
