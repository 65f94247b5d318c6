import type { OpRule } from "../../graph/index.js";
import { contentsOf, elementsOf, fixedShape } from "../contents.js";
import { broadcastShapes } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";

/**
 * `y` = x broadcast to a shape (numpy's rules both ways)
 * `∂L/∂x` = g summed over the axes that were stretched
 */
export const expand: OpRule<"Expand"> = {
  infer: ({ inputs: [x, shape] }) => ({
    dtype: x!.dtype,
    shape: broadcastShapes("Expand", [x!.shape, elementsOf("Expand", shape!)]),
  }),
  inferData({ inputs: [x, shape] }) {
    const contents = contentsOf(x!);
    const [length, ...more] = contentsOf(shape!) ?? [];
    if (contents?.length !== 1 || more.length > 0 || typeof length !== "number" || length > 64)
      return undefined;
    return Array.from({ length: Math.max(length, 1) }, () => contents[0]!);
  },
  vjp: ({ b, g, inputs: [x] }) => [sumTo(b, g, fixedShape("Expand", x!.shape))],
};
