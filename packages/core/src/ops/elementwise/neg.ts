import { mulDim, type OpRule } from "../../graph/index.js";
import { computed, unary } from "./infer-elementwise.js";

/**
 * `y = −x`
 * `∂L/∂x = −g`
 */
export const neg: OpRule<"Neg"> = {
  infer: unary,
  inferData: computed((x) => mulDim(x, -1)),
  vjp: ({ b, g }) => [b.neg(g)],
};
