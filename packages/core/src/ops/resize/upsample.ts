import type { InferContext, OpRule } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { fixedShape } from "../contents.js";
import { resizeGradient } from "./gradient.js";
import { resizeRows } from "./matrix.js";
import { planResize, type ResizePlan } from "./plan.js";

/**
 * What Resize was before opset 10: asymmetric coordinates, nearest (rounding down) or linear, by factors that are
 * an input (opset 9) or an attribute (7)
 * `∂L/∂x = Mᵀ·g` along each axis
 */
export const upsample: OpRule<"Upsample"> = {
  infer: (context) => ({ dtype: context.inputs[0]!.dtype, shape: planOf(context).output }),
  vjp({ b, g, inputs, attrs }) {
    const shape = fixedShape("Upsample", inputs[0]!.shape);
    const { scales } = planOf({ inputs, attrs });
    const rule: OpAttributes<"Resize"> = {
      mode: attrs.mode ?? "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    };
    const axes = shape.flatMap((from, axis) => {
      const scale = scales[axis]!;
      const to = g.shape[axis] as number;
      return scale === 1 ? [] : [{ axis, from, rows: resizeRows({ from, to, scale }, rule) }];
    });
    return [resizeGradient(b, g, axes)];
  },
};

const planOf = ({ inputs, attrs }: Pick<InferContext<"Upsample">, "inputs" | "attrs">): ResizePlan =>
  planResize("Upsample", { x: inputs[0]!, scales: attrs.scales ?? inputs[1], sizes: undefined });
