import type { OpRule } from "../../graph/index.js";
import { reducing, spread } from "./reduced-axes.js";

/**
 * `y = Σ x` over the axes
 * `∂L/∂x = g`, spread over them
 */
export const reduceSum: OpRule<"ReduceSum"> = {
  infer: reducing("ReduceSum"),
  vjp: (context) => [spread(context.b, context.g, "ReduceSum", context)],
};
