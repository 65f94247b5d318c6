import { floorDivDim, type Dim, type InferContext, type OpRule } from "../../graph/index.js";
import { isFloat } from "../../util/index.js";
import { sumTo } from "../sum-to.js";
import { broadcasting, computed } from "./infer-elementwise.js";

/**
 * `z = x / y`                            with broadcasting; integers round towards 0
 * `∂L/∂x = g / y, ∂L/∂y = −(g / y) · z`  summed over the axes that were broadcast
 */
export const div: OpRule<"Div"> = {
  infer: broadcasting("Div"),
  inferData: (context) => computed(quotientOf(context))(context),
  vjp({ b, g, inputs: [x, y], outputs: [z], wanted }) {
    const q = b.div(g, y!);
    return [
      wanted[0] ? sumTo(b, q, x!.shape) : undefined,
      wanted[1] ? b.neg(sumTo(b, b.mul(q, z!), y!.shape)) : undefined,
    ];
  },
};

const quotientOf =
  ({ inputs: [x] }: InferContext<"Div">) =>
  (a: Dim, c: Dim): Dim | undefined => {
    if (c === 0) return undefined;
    if (typeof a === "number" && typeof c === "number") return isFloat(x!.dtype) ? a / c : Math.trunc(a / c);
    // Sizes are not negative, so rounding towards 0 is rounding down.
    return isFloat(x!.dtype) ? undefined : floorDivDim(a, c);
  };
