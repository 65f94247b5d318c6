import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = 1 / (1 + e⁻ˣ)`
 * `∂L/∂x = g · y · (1 − y)`
 */
export const sigmoid: OpRule<"Sigmoid"> = {
  infer: unaryFloat("Sigmoid"),
  vjp: ({ b, g, outputs: [y] }) => [b.mul(b.mul(g, y!), b.sub(b.scalar(1, y!.dtype), y!))],
};
