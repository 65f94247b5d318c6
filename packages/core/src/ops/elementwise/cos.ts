import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = cos x`
 * `∂L/∂x = −g · sin x`
 */
export const cos: OpRule<"Cos"> = {
  infer: unaryFloat("Cos"),
  vjp: ({ b, g, inputs: [x] }) => [b.neg(b.mul(g, b.op("Sin", [x])))],
};
