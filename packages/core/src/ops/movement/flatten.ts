import { printShape, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { productOf, shapeMismatch } from "../shape-rules.js";

/**
 * `y` = x as a matrix: the axes before `axis` make the rows, the others the columns
 * `∂L/∂x` = g in x's shape
 */
export const flatten: OpRule<"Flatten"> = {
  infer({ inputs: [x], attrs }) {
    const axis = attrs.axis ?? 1;
    const from = axis < 0 ? axis + x!.rank : axis;
    if (from < 0 || from > x!.rank)
      throw shapeMismatch(
        "Flatten",
        `an axis from ${-x!.rank} to ${x!.rank}`,
        String(axis),
        `the input is ${printShape(x!.shape)}: name one of its axes`,
      );
    return {
      dtype: x!.dtype,
      shape: [productOf(x!.shape.slice(0, from)), productOf(x!.shape.slice(from))],
    };
  },
  vjp: ({ b, g, inputs: [x] }) => [b.reshape(g, fixedShape("Flatten", x!.shape))],
};
