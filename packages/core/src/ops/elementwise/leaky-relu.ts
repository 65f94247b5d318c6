import type { OpRule } from "../../graph/index.js";
import { positiveMask } from "../masks.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x` for x > 0, else `αx`       α = 0.01
 * `∂L/∂x = g` for x > 0, else `αg`
 */
export const leakyRelu: OpRule<"LeakyRelu"> = {
  infer: unaryFloat("LeakyRelu"),
  vjp({ b, g, inputs: [x], attrs }) {
    const alpha = attrs.alpha ?? 0.01;
    const above = positiveMask(b, x!);
    // 1 above and α below; with α ≤ 1 one exact pass.
    const slope = alpha <= 1 ? b.max(above, alpha) : b.add(b.mul(above, 1 - alpha), alpha);
    return [b.mul(g, slope)];
  },
};
