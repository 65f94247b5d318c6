import { addDim, type OpRule } from "../../graph/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `z = x + y`               with broadcasting
 * `∂L/∂x = g, ∂L/∂y = g`    summed over the axes that were broadcast
 */
export const add: OpRule<"Add"> = {
  infer: broadcasting("Add"),
  inferData: computed(addDim),
  vjp: ({ b, g, inputs, wanted }) =>
    inputs.map((input, i) => (wanted[i] ? sumTo(b, g, input!.shape) : undefined)),
};
