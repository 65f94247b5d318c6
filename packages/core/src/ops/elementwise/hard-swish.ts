import type { OpRule } from "../../graph/index.js";
import { positiveMask } from "../masks.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x · h,  h = max(0, min(1, x/6 + ½))`           (Howard 2019, arXiv:1905.02244)
 * `∂L/∂x = g · (h + x/6 · 1[0 < h < 1])`              at x = ±3 the outer limits, 0 and 1; PyTorch takes the inner
 */
export const hardSwish: OpRule<"HardSwish"> = {
  infer: unaryFloat("HardSwish"),
  vjp({ b, g, inputs: [x] }) {
    const h = b.op("HardSigmoid", [x], { alpha: 1 / 6, beta: 0.5 });
    const inside = positiveMask(b, b.sub(h, b.mul(h, h)));
    return [b.mul(g, b.add(h, b.mul(b.mul(x!, 1 / 6), inside)))];
  },
};
