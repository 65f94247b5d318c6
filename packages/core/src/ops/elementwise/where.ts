import type { Dim, OpRule } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { broadcastShapes, commonDtype, dtypeMismatch, printType } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { computed } from "./infer-elementwise.js";

/**
 * `z = x` where c holds, else `y`                with broadcasting
 * `∂L/∂x = g · c, ∂L/∂y = g − g · c`             summed over the axes that were broadcast
 */
export const where: OpRule<"Where"> = {
  infer({ inputs: [c, x, y] }) {
    if (c!.dtype !== "bool")
      throw dtypeMismatch(
        "Where",
        "a condition of truth values",
        printType(c!),
        "compare it with a number first, such as x.greater(0)",
      );
    return {
      dtype: commonDtype("Where", [x!, y!]),
      shape: broadcastShapes("Where", [c!.shape, x!.shape, y!.shape]),
    };
  },
  // Equal branches are known whatever the condition.
  inferData: ({ inputs: [c, x, y] }) => (x === y ? contentsOf(x!) : computed(choose)({ inputs: [c, x, y] })),
  vjp({ b, g, inputs: [c, x, y], wanted }) {
    const dx = b.mul(g, b.cast(c!, g.dtype));
    return [
      undefined,
      wanted[1] ? sumTo(b, dx, x!.shape) : undefined,
      wanted[2] ? sumTo(b, b.sub(g, dx), y!.shape) : undefined,
    ];
  },
};

const choose = (c: Dim, x: Dim, y: Dim): Dim | undefined =>
  typeof c !== "number" ? undefined : c !== 0 ? x : y;
