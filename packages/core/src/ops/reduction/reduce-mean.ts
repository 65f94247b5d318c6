import type { OpRule } from "../../graph/index.js";
import { reducedCount, reducing, spread } from "./reduced-axes.js";

/**
 * `y = 1/n Σ x` over the axes, n elements each
 * `∂L/∂x = g / n`, spread over them
 */
export const reduceMean: OpRule<"ReduceMean"> = {
  infer: reducing("ReduceMean"),
  vjp(context) {
    const { b, g } = context;
    return [spread(b, b.div(g, reducedCount("ReduceMean", context)), "ReduceMean", context)];
  },
};
