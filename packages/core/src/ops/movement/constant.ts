import { zeroGradient, type OpRule, type ValueType } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { MattelierError, numbersOf } from "../../util/index.js";

/** A tensor written into the node itself. */
export const constant: OpRule<"Constant"> = {
  infer: ({ attrs }) => typeOfAttributes(attrs),
  inferData({ attrs }) {
    const { value, value_float, value_floats, value_int, value_ints } = attrs;
    if (value_int !== undefined) return [value_int];
    if (value_float !== undefined) return [value_float];
    if (value_ints !== undefined) return value_ints;
    if (value_floats !== undefined) return value_floats;
    const small =
      value !== undefined && value.data.length <= 64 && /^(int|uint8|bool|float)/.test(value.dtype);
    return small && value.dtype !== "int4" ? numbersOf(value) : undefined;
  },
  vjp: zeroGradient("a constant"),
};

function typeOfAttributes(attrs: OpAttributes<"Constant">): ValueType {
  const { value, value_float, value_floats, value_int, value_ints } = attrs;
  if (value !== undefined) return { dtype: value.dtype, shape: value.shape };
  if (value_float !== undefined) return { dtype: "float32", shape: [] };
  if (value_int !== undefined) return { dtype: "int64", shape: [] };
  if (value_floats !== undefined) return { dtype: "float32", shape: [value_floats.length] };
  if (value_ints !== undefined) return { dtype: "int64", shape: [value_ints.length] };
  throw new MattelierError({
    code: "unsupported",
    where: "Constant",
    expected: "a tensor or numbers",
    got: "strings, a sparse tensor or nothing",
  });
}
