import { floorDivDim, printShape, type OpRule, type Dim, type InferContext } from "../../graph/index.js";
import { elementsOf, fixedShape, zeros } from "../contents.js";
import { normaliseAxis, shapeMismatch } from "../shape-rules.js";

/**
 * `y₁, y₂, … = x` cut along one axis into parts of given sizes, or into equal ones
 * `∂L/∂x = [g₁, g₂, …]`, zero for parts that the loss does not use
 */
export const split: OpRule<"Split"> = {
  infer(context) {
    const { attrs, inputs } = context;
    const [x] = inputs;
    const axis = normaliseAxis("Split", attrs.axis ?? 0, x!.rank);
    return sizesOf(context, x!.shape[axis]!).map((size) => ({
      dtype: x!.dtype,
      shape: x!.shape.with(axis, size),
    }));
  },
  vjp({ b, gs, outputs, inputs: [x], attrs }) {
    const axis = normaliseAxis("Split", attrs.axis ?? 0, x!.rank);
    const dtype = gs.find((g) => g !== undefined)!.dtype;
    const parts = outputs.map((y, i) => gs[i] ?? zeros(b, dtype, fixedShape("Split", y!.shape)));
    return [b.concat(parts, axis)];
  },
};

function sizesOf({ attrs, inputs, outputCount }: InferContext<"Split">, total: Dim): readonly Dim[] {
  const given = attrs.split ?? (inputs[1] === undefined ? undefined : elementsOf("Split", inputs[1]));
  if (given !== undefined) {
    const sum = given.reduce<number>((n, size) => (typeof size === "number" ? n + size : NaN), 0);
    if (typeof total === "number" && !Number.isNaN(sum) && sum !== total)
      throw shapeMismatch(
        "Split",
        `sizes that add up to ${total}`,
        printShape(given),
        "change the sizes, or split another axis",
      );
    return given;
  }
  const count = attrs.num_outputs ?? outputCount;
  if (typeof total === "string") return Array.from({ length: count }, () => floorDivDim(total, count));
  const each = Math.ceil(total / count);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? each : total - each * (count - 1)));
}
