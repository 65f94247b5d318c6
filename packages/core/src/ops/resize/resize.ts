import type { InferContext, OpRule, Value } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { resizeGradient } from "./gradient.js";
import { resizeRows } from "./matrix.js";
import { planResize, type ResizePlan } from "./plan.js";

/**
 * `y[…, i, …] = Σ_j M[i,j] · x[…, j, …]` along each resized axis: nearest, linear or cubic, by a factor or to a size
 *                                     inputs: x, region of interest, scales, sizes (opset 10: x, scales)
 * `∂L/∂x = Mᵀ·g` along each
 */
export const resize: OpRule<"Resize"> = {
  infer: (context) => ({ dtype: context.inputs[0]!.dtype, shape: planOf(context).output }),
  vjp({ b, g, inputs, attrs }) {
    const shape = fixedShape("Resize", inputs[0]!.shape);
    const { scales } = planOf({ inputs, attrs });
    const axes = shape.flatMap((from, axis) => {
      const to = g.shape[axis] as number;
      const scale = scales[axis] ?? to / from;
      return from === to && scale === 1 ? [] : [{ axis, from, rows: resizeRows({ from, to, scale }, attrs) }];
    });
    return [resizeGradient(b, g, axes)];
  },
};

function planOf({ inputs, attrs }: Pick<InferContext<"Resize">, "inputs" | "attrs">): ResizePlan {
  const [x, ...rest] = inputs as readonly [Value, ...(Value | undefined)[]];
  // Opset 10 has two inputs; later ones put the region of interest between them.
  const [scales, sizes] = rest.length === 1 ? [rest[0], undefined] : [rest[1], rest[2]];
  return planResize("Resize", { x, scales, sizes }, attrs);
}
