import type { OpRule } from "../../graph/index.js";
import { dtypeOfCode } from "../../onnx/index.js";
import { isFloat, MattelierError } from "../../util/index.js";
import { contentsOf } from "../contents.js";

/**
 * `y = x` in another element type
 * `∂L/∂x = g` in x's type; where x is no float, g as it is: autodiff follows it to whatever made x
 */
export const cast: OpRule<"Cast"> = {
  infer({ inputs: [x], attrs }) {
    const dtype = dtypeOfCode(attrs.to ?? 0);
    if (dtype !== undefined) return { dtype, shape: x!.shape };
    throw new MattelierError({
      code: "unsupported",
      where: "Cast",
      expected: "an element type that we hold",
      got: `type ${attrs.to ?? "left out"} of the ONNX schema`,
    });
  },
  inferData({ inputs: [x], attrs }) {
    const dtype = dtypeOfCode(attrs.to ?? 0);
    const contents = contentsOf(x!);
    if (contents === undefined || dtype === undefined || isFloat(dtype) || dtype === "string")
      return contents;
    return contents.map((entry) => {
      if (typeof entry === "string") return entry;
      return dtype === "bool" ? Number(entry !== 0) : Math.trunc(entry);
    });
  },
  vjp: ({ b, g, inputs: [x] }) => [isFloat(x!.dtype) ? b.cast(g, x!.dtype) : g],
};
