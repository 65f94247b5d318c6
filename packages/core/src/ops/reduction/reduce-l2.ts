import type { OpRule } from "../../graph/index.js";
import { zeroMask } from "../masks.js";
import { reducing, withKeptAxes } from "./reduced-axes.js";

/**
 * `y = √(Σ x²)` over the axes
 * `∂L/∂x = g · x / y`   0 where y = 0, as PyTorch
 */
export const reduceL2: OpRule<"ReduceL2"> = {
  infer: reducing("ReduceL2"),
  vjp(context) {
    const { b, g, inputs, outputs } = context;
    const y = outputs[0]!;
    const share = b.div(g, b.add(y, zeroMask(b, y)));
    return [b.mul(inputs[0]!, withKeptAxes(b, share, "ReduceL2", context))];
  },
};
