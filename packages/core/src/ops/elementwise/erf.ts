import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = erf x = 2/√π ∫₀ˣ e^(−t²) dt`
 * `∂L/∂x = g · 2/√π · e^(−x²)`
 */
export const erf: OpRule<"Erf"> = {
  infer: unaryFloat("Erf"),
  vjp({ b, g, inputs: [x] }) {
    // The factor goes into the exponent: one pass less over the data.
    const logFactor = b.scalar(Math.log(2 / Math.sqrt(Math.PI)), x!.dtype);
    return [b.mul(g, b.exp(b.sub(logFactor, b.mul(x!, x!))))];
  },
};
