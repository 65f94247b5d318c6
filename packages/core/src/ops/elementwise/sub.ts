import { addDim, mulDim, type OpRule } from "../../graph/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `z = x − y`                with broadcasting
 * `∂L/∂x = g, ∂L/∂y = −g`    summed over the axes that were broadcast
 */
export const sub: OpRule<"Sub"> = {
  infer: broadcasting("Sub"),
  inferData: computed((x, y) => (x === y ? 0 : addDim(x, typeof y === "number" ? -y : mulDim(y, -1)))),
  vjp: ({ b, g, inputs: [x, y], wanted }) => [
    wanted[0] ? sumTo(b, g, x!.shape) : undefined,
    wanted[1] ? b.neg(sumTo(b, g, y!.shape)) : undefined,
  ],
};
