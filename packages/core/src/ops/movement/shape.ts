import { zeroGradient, type Dim, type OpRule } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";

/** `y` = x's sizes from axis `start` to `end`, as int64. */
export const shape: OpRule<"Shape"> = {
  infer: ({ inputs: [x], attrs }) => ({ dtype: "int64", shape: [range(x!.shape, attrs).length] }),
  inferData: ({ inputs: [x], attrs }) => range(x!.shape, attrs),
  vjp: zeroGradient("sizes do not depend on contents"),
};

const range = (sizes: readonly Dim[], { start, end }: OpAttributes<"Shape">): readonly Dim[] =>
  sizes.slice(start ?? 0, end);
