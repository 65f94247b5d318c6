import { addDim, printShape, type Dim, type OpRule } from "../../graph/index.js";
import { contentsOf, fixedShape } from "../contents.js";
import { commonDtype, mayEqual, normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y = [x₁, x₂, …]` along one axis
 * `∂L/∂xᵢ` = the slice of g that xᵢ filled
 */
export const concat: OpRule<"Concat"> = {
  infer({ inputs, attrs }) {
    const where = `Concat(axis=${attrs.axis ?? "?"})`;
    const values = inputs.map((value) => value!);
    const [first] = values;
    const axis = normaliseAxis(where, attrs.axis ?? 0, first!.rank);
    const shape = [...first!.shape];
    for (const { shape: other } of values.slice(1)) {
      if (other.length !== shape.length || !other.every((dim, i) => i === axis || mayEqual(dim, shape[i]!)))
        throw shapeMismatch(
          where,
          `equal sizes on every axis but ${axis}`,
          values.map((value) => printShape(value.shape)).join(" and "),
          "pad, crop or resize one of them; for an encoder and a decoder, pad H and W to a multiple of the stride",
        );
      // A number says more than a symbol.
      shape.forEach((dim, i) => {
        if (i === axis) shape[i] = addDim(dim, other[i]!);
        else if (typeof dim === "string") shape[i] = other[i]!;
      });
    }
    return { dtype: commonDtype(where, values), shape };
  },
  inferData({ inputs }) {
    if (inputs[0]!.rank !== 1) return undefined;
    const parts = inputs.map((value) => contentsOf(value!));
    return parts.every((part) => part !== undefined) ? (parts as Dim[][]).flat() : undefined;
  },
  vjp({ b, g, inputs, attrs, wanted }) {
    const axis = normaliseAxis("Concat", attrs.axis ?? 0, g.rank);
    let start = 0;
    return inputs.map((x, i) => {
      const from = start;
      start += fixedShape("Concat", x!.shape)[axis]!;
      return wanted[i] ? b.slice(g, [from], [start], [axis]) : undefined;
    });
  },
};
