import type { OpRule } from "../../graph/index.js";
import { contentsOf, fixedShape, numbersIn } from "../contents.js";
import { normaliseAxes, shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x without some axes of size 1 (all of them when none is named)
 * `∂L/∂x` = g in x's shape
 */
export const squeeze: OpRule<"Squeeze"> = {
  infer({ inputs: [x, axesInput], attrs }) {
    const named = attrs.axes ?? (axesInput === undefined ? undefined : numbersIn("Squeeze", axesInput));
    const axes =
      named === undefined
        ? x!.shape.flatMap((dim, i) => (dim === 1 ? [i] : []))
        : normaliseAxes("Squeeze", named, x!.rank);
    for (const axis of axes)
      if (x!.shape[axis] !== 1 && typeof x!.shape[axis] === "number")
        throw shapeMismatch(
          "Squeeze",
          `size 1 on axis ${axis}`,
          String(x!.shape[axis]),
          "squeeze another axis, or slice or reduce this one first",
        );
    return { dtype: x!.dtype, shape: x!.shape.filter((_, i) => !axes.includes(i)) };
  },
  inferData: ({ inputs: [x] }) => contentsOf(x!),
  vjp: ({ b, g, inputs: [x] }) => [b.reshape(g, fixedShape("Squeeze", x!.shape))],
};
