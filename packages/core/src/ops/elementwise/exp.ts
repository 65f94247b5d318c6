import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = eˣ`
 * `∂L/∂x = g · y`
 */
export const exp: OpRule<"Exp"> = {
  infer: unaryFloat("Exp"),
  vjp: ({ b, g, outputs: [y] }) => [b.mul(g, y!)],
};
