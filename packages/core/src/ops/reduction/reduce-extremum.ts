import type { OpRule, Value, VjpContext } from "../../graph/index.js";
import { zeroMask } from "../masks.js";
import { reducedAxes, reducing, withKeptAxes, type ReduceOp } from "./reduced-axes.js";

/**
 * `y = max x` over the axes
 * `∂L/∂x = g · 1[x = y] / m`   m: how many attain the maximum; as PyTorch's amax
 */
export const reduceMax: OpRule<"ReduceMax"> = {
  infer: reducing("ReduceMax"),
  vjp: (context) => [sharedGradient("ReduceMax", context)],
};

/**
 * `y = min x` over the axes
 * `∂L/∂x = g · 1[x = y] / m`   m: how many attain the minimum; as PyTorch's amin
 */
export const reduceMin: OpRule<"ReduceMin"> = {
  infer: reducing("ReduceMin"),
  vjp: (context) => [sharedGradient("ReduceMin", context)],
};

function sharedGradient(op: ReduceOp, context: VjpContext<ReduceOp>): Value {
  const { b, g, inputs, outputs } = context;
  const y = withKeptAxes(b, outputs[0]!, op, context);
  const attained = zeroMask(b, b.abs(b.sub(inputs[0]!, y)));
  const count = b.op("ReduceSum", [attained, b.ints(reducedAxes(op, context))], { noop_with_empty_axes: 1 });
  return b.mul(attained, b.div(withKeptAxes(b, g, op, context), count));
}
