import { printShape, type OpRule } from "../../graph/index.js";
import { fixedShape, zeros } from "../contents.js";
import { normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y[i, j, k] = x[i, indices[i,j,k], k]` (axis 1)           y: indices' shape
 * `∂L/∂x` = g added up where it came from
 */
export const gatherElements: OpRule<"GatherElements"> = {
  infer({ inputs: [x, indices], attrs }) {
    normaliseAxis("GatherElements", attrs.axis ?? 0, x!.rank);
    if (indices!.rank !== x!.rank)
      throw shapeMismatch(
        "GatherElements",
        `indices of ${x!.rank} axes`,
        printShape(indices!.shape),
        "reshape the indices, or take whole slices with Gather",
      );
    return { dtype: x!.dtype, shape: indices!.shape };
  },
  vjp: ({ b, g, inputs: [x, indices], attrs }) => [
    b.op("ScatterElements", [zeros(b, g.dtype, fixedShape("GatherElements", x!.shape)), indices, g], {
      axis: attrs.axis ?? 0,
      reduction: "add",
    }),
  ],
};
