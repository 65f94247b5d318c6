import { addDim, type OpRule } from "../../graph/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `y = x₁ + … + xₙ`   with broadcasting
 * `∂L/∂xᵢ = g`        summed over the axes that were broadcast
 */
export const sum: OpRule<"Sum"> = {
  infer: broadcasting("Sum"),
  inferData: computed((...xs) => xs.reduce(addDim)),
  vjp: ({ b, g, inputs, wanted }) =>
    inputs.map((input, i) => (wanted[i] ? sumTo(b, g, input!.shape) : undefined)),
};
