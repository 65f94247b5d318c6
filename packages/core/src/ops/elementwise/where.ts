import type { Dim, OpRule } from "../../graph/index.js";
import { broadcastShapes, commonDtype, dtypeMismatch, printType } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { computed } from "./infer-elementwise.js";

/**
 * `z = x` where c holds, else `y`                with broadcasting
 * `∂L/∂x = g · c, ∂L/∂y = g − g · c`             summed over the axes that were broadcast
 */
export const where: OpRule<"Where"> = {
  infer({ inputs: [c, x, y] }) {
    if (c!.dtype !== "bool") throw dtypeMismatch("Where", "a condition of truth values", printType(c!));
    return {
      dtype: commonDtype("Where", [x!, y!]),
      shape: broadcastShapes("Where", [c!.shape, x!.shape, y!.shape]),
    };
  },
  inferData: computed((c, x, y): Dim | undefined => (typeof c === "number" ? (c !== 0 ? x : y) : undefined)),
  vjp({ b, g, inputs: [c, x, y], wanted }) {
    const dx = b.mul(g, b.cast(c!, g.dtype));
    return [
      undefined,
      wanted[1] ? sumTo(b, dx, x!.shape) : undefined,
      wanted[2] ? sumTo(b, b.sub(g, dx), y!.shape) : undefined,
    ];
  },
};
