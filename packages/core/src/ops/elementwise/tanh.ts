import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = tanh x`
 * `∂L/∂x = g · (1 − y²)`
 */
export const tanh: OpRule<"Tanh"> = {
  infer: unaryFloat("Tanh"),
  vjp: ({ b, g, outputs: [y] }) => [b.mul(g, b.sub(b.scalar(1, y!.dtype), b.mul(y!, y!)))],
};
