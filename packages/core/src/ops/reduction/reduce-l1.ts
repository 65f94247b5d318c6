import type { OpRule } from "../../graph/index.js";
import { reducing, withKeptAxes } from "./reduced-axes.js";

/**
 * `y = Σ |x|` over the axes
 * `∂L/∂x = g · sign(x)`
 */
export const reduceL1: OpRule<"ReduceL1"> = {
  infer: reducing("ReduceL1"),
  vjp(context) {
    const { b, g, inputs } = context;
    return [b.mul(b.op("Sign", [inputs[0]]), withKeptAxes(b, g, "ReduceL1", context))];
  },
};
