import type { OpRule } from "../../graph/index.js";
import { extremumOf, extremumVjp } from "./extremum.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `y = min(x₁, …, xₙ)`          with broadcasting
 * `∂L/∂xᵢ = g · 1[xᵢ = y] / m`  m: how many attain the minimum; as PyTorch for two
 */
export const min: OpRule<"Min"> = {
  infer: broadcasting("Min"),
  inferData: computed((...xs) => extremumOf(-1, xs)),
  vjp: (context) => extremumVjp(context, -1),
};
