import type { OpRule } from "../../graph/index.js";
import { exponentialBranch } from "./exponential-branch.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x` for x > 0, else `α(eˣ − 1)`     α = 1 (Clevert 2016, arXiv:1511.07289)
 * `∂L/∂x = g` for x > 0, else `g · (y + α)`
 */
export const elu: OpRule<"Elu"> = {
  infer: unaryFloat("Elu"),
  vjp: ({ b, g, outputs: [y], attrs }) => [
    b.mul(g, exponentialBranch(b, y!, { above: 1, atZero: attrs.alpha ?? 1, slope: 1 })),
  ],
};
