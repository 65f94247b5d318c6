import type { OpRule } from "../../graph/index.js";
import { elementsOf, fixedShape } from "../contents.js";
import { normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y, i` = the k largest (or smallest) elements along an axis, and their places
 * `∂L/∂x` = g at those places, 0 elsewhere
 */
export const topK: OpRule<"TopK"> = {
  infer({ inputs: [x, k], attrs }) {
    const axis = normaliseAxis("TopK", attrs.axis ?? -1, x!.rank);
    const [count] = elementsOf("TopK", k!);
    const size = x!.shape[axis]!;
    if (typeof count === "number" && typeof size === "number" && count > size)
      throw shapeMismatch(
        "TopK",
        `k of at most ${size}, the size of axis ${axis}`,
        String(count),
        "take a smaller k, or another axis",
      );
    const shape = x!.shape.map((dim, i) => (i === axis ? count! : dim));
    return [
      { dtype: x!.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  vjp({ b, g, inputs: [x], outputs: [, places], attrs }) {
    const zeros = b.expand(b.scalar(0, g.dtype), fixedShape("TopK", x!.shape));
    return [b.op("ScatterElements", [zeros, places, g], { axis: attrs.axis ?? -1 })];
  },
};
