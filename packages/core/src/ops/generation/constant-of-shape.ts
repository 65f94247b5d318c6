import { zeroGradient, type OpRule } from "../../graph/index.js";
import { numbersOf } from "../../util/index.js";
import { elementsOf } from "../contents.js";

/** `y` = one value in every place of a shape that a vector gives; float32 zero when left out */
export const constantOfShape: OpRule<"ConstantOfShape"> = {
  infer: ({ inputs: [shape], attrs }) => ({
    dtype: attrs.value?.dtype ?? "float32",
    shape: elementsOf("ConstantOfShape", shape!),
  }),
  inferData({ inputs: [shape], attrs }) {
    const [length, ...rest] = elementsOf("ConstantOfShape", shape!);
    if (rest.length > 0 || typeof (length ?? 1) !== "number") return undefined;
    const count = typeof length === "number" ? length : 1;
    return count > 64
      ? undefined
      : new Array<number>(count).fill(attrs.value ? numbersOf(attrs.value)[0]! : 0);
  },
  vjp: zeroGradient("only the shape depends on the operand"),
};
