import type { OpRule } from "../../graph/index.js";
import { extremumOf, extremumVjp } from "./extremum.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `y = max(x₁, …, xₙ)`          with broadcasting
 * `∂L/∂xᵢ = g · 1[xᵢ = y] / m`  m: how many attain the maximum; as PyTorch for two
 */
export const max: OpRule<"Max"> = {
  infer: broadcasting("Max"),
  inferData: computed((...xs) => extremumOf(1, xs)),
  vjp: (context) => extremumVjp(context, 1),
};
