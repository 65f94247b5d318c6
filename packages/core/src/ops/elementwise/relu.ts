import type { OpRule } from "../../graph/index.js";
import { positiveMask } from "../masks.js";
import { typeOf } from "../shape-rules.js";

/**
 * `y = max(x, 0)`          x, y: any shape
 * `∂L/∂x = g · 1[x > 0]`   0 at x = 0, as PyTorch; y > 0 says the same and is kept anyway
 */
export const relu: OpRule<"Relu"> = {
  infer: ({ inputs: [x] }) => typeOf(x!),
  vjp: ({ b, g, outputs: [y] }) => [b.mul(g, positiveMask(b, y!))],
};
