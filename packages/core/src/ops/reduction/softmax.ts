import type { OpRule } from "../../graph/index.js";
import { normaliseAxis, requireFloat, typeOf } from "../shape-rules.js";

/**
 * `y = eˣ / Σ eˣ` along an axis (before opset 13: over all axes from it on)
 * `∂L/∂x = y · (g − Σ g·y)`
 */
export const softmax: OpRule<"Softmax"> = {
  infer({ inputs: [x], attrs, opset }) {
    requireFloat("Softmax", x!);
    normaliseAxis("Softmax", attrs.axis ?? (opset < 13 ? 1 : -1), x!.rank);
    return typeOf(x!);
  },
  vjp({ b, g, outputs: [y], attrs }) {
    const weighted = b.mul(g, y!);
    return [b.sub(weighted, b.mul(y!, b.reduceSum(weighted, [attrs.axis ?? -1])))];
  },
};
