import { nonDifferentiable, type OpRule } from "../../graph/index.js";
import { contentsOf, elementsOf } from "../contents.js";
import { normaliseAxis } from "../shape-rules.js";

/** `y[…, k, …] = values[1]` where k is the index, else `values[0]`    inputs: indices, depth, values [off, on] */
export const oneHot: OpRule<"OneHot"> = {
  infer({ inputs: [indices, depth, values], attrs }) {
    const axis = normaliseAxis("OneHot", attrs.axis ?? -1, indices!.rank + 1);
    const [size] = contentsOf(depth!) ?? elementsOf("OneHot", depth!);
    return {
      dtype: values!.dtype,
      shape: [...indices!.shape.slice(0, axis), size!, ...indices!.shape.slice(axis)],
    };
  },
  vjp: nonDifferentiable("its input is a class index; one-hot encode outside of what is differentiated"),
};
