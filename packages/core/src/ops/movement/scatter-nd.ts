import type { OpRule } from "../../graph/index.js";
import { fixedShape, zeros } from "../contents.js";
import { typeOf } from "../shape-rules.js";
import { scatterMode } from "./scatter-mode.js";

/**
 * `y = x; y[indices[i…, :]] = updates[i…]` (slices of x), or `+=` with reduction add
 * `∂L/∂x` = g, zero where it was overwritten;  `∂L/∂updates` = g gathered at the indices
 */
export const scatterND: OpRule<"ScatterND"> = {
  infer: ({ inputs: [x] }) => typeOf(x!),
  vjp({ b, g, inputs: [, indices, updates], attrs, wanted }) {
    const overwritten = scatterMode("ScatterND", attrs.reduction) === "none";
    const blank = (): typeof g => zeros(b, g.dtype, fixedShape("ScatterND", updates!.shape));
    const dx = (): typeof g => (overwritten ? b.op("ScatterND", [g, indices, blank()]) : g);
    return [wanted[0] ? dx() : undefined, undefined, wanted[2] ? b.op("GatherND", [g, indices]) : undefined];
  },
};
