import type { OpRule } from "../../graph/index.js";
import { normaliseAxis, requireFloat, typeOf } from "../shape-rules.js";

/**
 * `y = x − ln Σ eˣ` along an axis (before opset 13: over all axes from it on)
 * `∂L/∂x = g − eʸ · Σ g`
 */
export const logSoftmax: OpRule<"LogSoftmax"> = {
  infer({ inputs: [x], attrs, opset }) {
    requireFloat("LogSoftmax", x!);
    normaliseAxis("LogSoftmax", attrs.axis ?? (opset < 13 ? 1 : -1), x!.rank);
    return typeOf(x!);
  },
  vjp: ({ b, g, outputs: [y], attrs }) => [b.sub(g, b.mul(b.exp(y!), b.reduceSum(g, [attrs.axis ?? -1])))],
};
