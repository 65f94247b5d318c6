import { sizeOfShape, zeroGradient, type OpRule } from "../../graph/index.js";

/** `y` = number of x's elements, as an int64 scalar. */
export const size: OpRule<"Size"> = {
  infer: () => ({ dtype: "int64", shape: [] }),
  inferData: ({ inputs: [x] }) => [sizeOfShape(x!.shape)],
  vjp: zeroGradient("sizes do not depend on contents"),
};
