import type { OpRule } from "../../graph/index.js";
import { contentsOf, fixedShape, numbersIn } from "../contents.js";
import { normaliseAxes } from "../shape-rules.js";

/**
 * `y` = x with new axes of size 1 at the given places of y
 * `∂L/∂x` = g in x's shape
 */
export const unsqueeze: OpRule<"Unsqueeze"> = {
  infer({ inputs: [x, axesInput], attrs }) {
    const named = attrs.axes ?? numbersIn("Unsqueeze", axesInput!);
    const axes = normaliseAxes("Unsqueeze", named, x!.rank + named.length);
    let next = 0;
    const shape = Array.from({ length: x!.rank + named.length }, (_, i) =>
      axes.includes(i) ? 1 : x!.shape[next++]!,
    );
    return { dtype: x!.dtype, shape };
  },
  inferData: ({ inputs: [x] }) => contentsOf(x!),
  vjp: ({ b, g, inputs: [x] }) => [b.reshape(g, fixedShape("Unsqueeze", x!.shape))],
};
