import type { OpRule } from "../../graph/index.js";
import { exponentialBranch } from "./exponential-branch.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x` for x > 0, else `α(e^(x/α) − 1)`     α = 1 (Barron 2017, arXiv:1704.07483)
 * `∂L/∂x = g` for x > 0, else `g · (y/α + 1)`
 */
export const celu: OpRule<"Celu"> = {
  infer: unaryFloat("Celu"),
  vjp: ({ b, g, outputs: [y], attrs }) => [
    b.mul(g, exponentialBranch(b, y!, { above: 1, atZero: 1, slope: 1 / (attrs.alpha ?? 1) })),
  ],
};
