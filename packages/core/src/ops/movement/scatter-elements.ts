import { printShape, sameShape, type OpRule } from "../../graph/index.js";
import { fixedShape, zeros } from "../contents.js";
import { normaliseAxis, shapeMismatch, typeOf } from "../shape-rules.js";
import { scatterMode } from "./scatter-mode.js";

/**
 * `y = x; y[i, indices[i,j,k], k] = updates[i,j,k]` (axis 1), or `+=` with reduction add
 * `∂L/∂x` = g, zero where it was overwritten;  `∂L/∂updates` = g gathered at the indices
 */
export const scatterElements: OpRule<"ScatterElements"> = {
  infer({ inputs: [x, indices, updates], attrs }) {
    normaliseAxis("ScatterElements", attrs.axis ?? 0, x!.rank);
    if (!sameShape(indices!.shape, updates!.shape))
      throw shapeMismatch(
        "ScatterElements",
        `updates of the indices' shape ${printShape(indices!.shape)}`,
        printShape(updates!.shape),
        "reshape or expand the updates",
      );
    return typeOf(x!);
  },
  vjp({ b, g, inputs: [, indices, updates], attrs, wanted }) {
    const axis = attrs.axis ?? 0;
    const overwritten = scatterMode("ScatterElements", attrs.reduction) === "none";
    const blank = (): typeof g => zeros(b, g.dtype, fixedShape("ScatterElements", updates!.shape));
    const dx = (): typeof g => (overwritten ? b.op("ScatterElements", [g, indices, blank()], { axis }) : g);
    return [
      wanted[0] ? dx() : undefined,
      undefined,
      wanted[2] ? b.op("GatherElements", [g, indices], { axis }) : undefined,
    ];
  },
};
