import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x / (1 + |x|)`
 * `∂L/∂x = g · (1 − |y|)²`
 */
export const softsign: OpRule<"Softsign"> = {
  infer: unaryFloat("Softsign"),
  vjp({ b, g, outputs: [y] }) {
    const rest = b.sub(b.scalar(1, y!.dtype), b.abs(y!));
    return [b.mul(g, b.mul(rest, rest))];
  },
};
