import type { OpRule } from "../../graph/index.js";
import { reducing, withKeptAxes } from "./reduced-axes.js";

/**
 * `y = Σ x²` over the axes
 * `∂L/∂x = 2gx`
 */
export const reduceSumSquare: OpRule<"ReduceSumSquare"> = {
  infer: reducing("ReduceSumSquare"),
  vjp(context) {
    const { b, g, inputs } = context;
    return [b.mul(inputs[0]!, withKeptAxes(b, b.mul(g, 2), "ReduceSumSquare", context))];
  },
};
