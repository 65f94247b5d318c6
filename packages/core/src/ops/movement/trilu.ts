import { printShape, type OpRule } from "../../graph/index.js";
import { shapeMismatch, typeOf } from "../shape-rules.js";

/**
 * `y` = x with zeros below (upper, the default) or above the k-th diagonal of the last two axes
 * `∂L/∂x` = g cut the same way
 */
export const trilu: OpRule<"Trilu"> = {
  infer({ inputs: [x] }) {
    if (x!.rank < 2)
      throw shapeMismatch("Trilu", "at least 2 axes", printShape(x!.shape), "reshape to matrices");
    return typeOf(x!);
  },
  vjp: ({ b, g, inputs: [, k], attrs }) => [b.op("Trilu", [g, k], { upper: attrs.upper ?? 1 })],
};
