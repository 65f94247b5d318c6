import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = sin x`
 * `∂L/∂x = g · cos x`
 */
export const sin: OpRule<"Sin"> = {
  infer: unaryFloat("Sin"),
  vjp: ({ b, g, inputs: [x] }) => [b.mul(g, b.op("Cos", [x]))],
};
