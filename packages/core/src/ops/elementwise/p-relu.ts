import { printShape, type OpRule } from "../../graph/index.js";
import { positiveMask } from "../masks.js";
import { broadcastShapes, commonDtype, shapeMismatch } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";

/**
 * `y = x` for x > 0, else `s · x`     s broadcasts to x (He 2015, arXiv:1502.01852)
 * `∂L/∂x = g` for x > 0, else `s · g`
 * `∂L/∂s = g · min(x, 0)`             summed over the axes that were broadcast
 */
export const pRelu: OpRule<"PRelu"> = {
  infer({ inputs: [x, slope] }) {
    const shape = broadcastShapes("PRelu", [x!.shape, slope!.shape]);
    if (shape.length > x!.rank)
      throw shapeMismatch(
        "PRelu",
        `a slope that broadcasts to ${printShape(x!.shape)}`,
        printShape(slope!.shape),
        "for one slope per channel of [N,C,H,W], give it the shape [C,1,1]",
      );
    return { dtype: commonDtype("PRelu", [x!, slope!]), shape };
  },
  vjp({ b, g, inputs: [x, slope], wanted }) {
    const dx = (): ReturnType<typeof b.mul> => {
      const above = b.mul(g, positiveMask(b, x!));
      return b.add(above, b.mul(b.sub(g, above), slope!));
    };
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? sumTo(b, b.mul(g, b.min(x!, 0)), slope!.shape) : undefined,
    ];
  },
};
