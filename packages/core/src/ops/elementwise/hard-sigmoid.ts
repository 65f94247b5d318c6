import type { OpRule } from "../../graph/index.js";
import { positiveMask } from "../masks.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = max(0, min(1, αx + β))`     α = 0.2, β = 0.5
 * `∂L/∂x = αg · 1[0 < y < 1]`      and y − y² > 0 says 0 < y < 1
 */
export const hardSigmoid: OpRule<"HardSigmoid"> = {
  infer: unaryFloat("HardSigmoid"),
  vjp({ b, g, outputs: [y], attrs }) {
    const inside = positiveMask(b, b.sub(y!, b.mul(y!, y!)));
    return [b.mul(b.mul(g, attrs.alpha ?? 0.2), inside)];
  },
};
