import type { OpRule } from "../../graph/index.js";
import { reducing, withKeptAxes } from "./reduced-axes.js";

/**
 * `y = ln Σ eˣ` over the axes
 * `∂L/∂x = g · e^(x − y)`
 */
export const reduceLogSumExp: OpRule<"ReduceLogSumExp"> = {
  infer: reducing("ReduceLogSumExp"),
  vjp(context) {
    const { b, g, inputs, outputs } = context;
    const kept = (value: typeof g): typeof g => withKeptAxes(b, value, "ReduceLogSumExp", context);
    return [b.mul(b.exp(b.sub(inputs[0]!, kept(outputs[0]!))), kept(g))];
  },
};
