import { nonDifferentiable, type InferContext, type OpRule, type ValueType } from "../../graph/index.js";
import { normaliseAxis } from "../shape-rules.js";

/** `y` = where on the axis x is largest: the first place, or the last */
export const argMax: OpRule<"ArgMax"> = {
  infer: (context) => indices("ArgMax", context),
  vjp: nonDifferentiable("the place of a maximum is a whole number that jumps"),
};

/** `y` = where on the axis x is smallest: the first place, or the last */
export const argMin: OpRule<"ArgMin"> = {
  infer: (context) => indices("ArgMin", context),
  vjp: nonDifferentiable("the place of a minimum is a whole number that jumps"),
};

function indices(op: string, { inputs: [x], attrs }: InferContext<"ArgMax">): ValueType {
  const axis = normaliseAxis(op, attrs.axis ?? 0, x!.rank);
  const shape = x!.shape.flatMap((dim, i) => (i !== axis ? [dim] : attrs.keepdims === 0 ? [] : [1]));
  return { dtype: "int64", shape };
}
