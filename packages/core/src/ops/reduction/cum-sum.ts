import type { OpRule } from "../../graph/index.js";
import { typeOf } from "../shape-rules.js";

/**
 * `yᵢ = Σ_{j ≤ i} xⱼ` along an axis; exclusive: j < i; reverse: from the end
 * `∂L/∂x` = the same sum of g from the other end
 */
export const cumSum: OpRule<"CumSum"> = {
  infer: ({ inputs: [x] }) => typeOf(x!),
  vjp: ({ b, g, inputs: [, axis], attrs }) => [
    b.op("CumSum", [g, axis], { exclusive: attrs.exclusive ?? 0, reverse: attrs.reverse === 1 ? 0 : 1 }),
  ],
};
