import { mulDim, type OpRule } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { zeroMask } from "../masks.js";
import { reducedAxes, reducing, withKeptAxes } from "./reduced-axes.js";

/**
 * `y = Π x` over the axes
 * `∂L/∂xᵢ = g · Π_{j≠i} xⱼ`
 *
 * With P the product of what is not zero and k the number of zeros: P/xᵢ where k = 0; P at the zero itself where
 * k = 1; 0 elsewhere.
 */
export const reduceProd: OpRule<"ReduceProd"> = {
  infer: reducing("ReduceProd"),
  inferData({ inputs: [x] }) {
    const factors = x!.rank === 1 ? contentsOf(x!) : undefined;
    return factors && [factors.reduce(mulDim, 1)];
  },
  vjp(context) {
    const { b, g, inputs } = context;
    const x = inputs[0]!;
    const axes = b.ints(reducedAxes("ReduceProd", context));
    const zeros = zeroMask(b, b.abs(x));
    const filled = b.add(x, zeros);
    const product = b.op("ReduceProd", [filled, axes], { noop_with_empty_axes: 1 });
    const count = b.op("ReduceSum", [zeros, axes], { noop_with_empty_axes: 1 });
    const none = zeroMask(b, count);
    const one = zeroMask(b, b.abs(b.sub(count, 1)));
    const nonzero = b.sub(b.scalar(1, x.dtype), zeros);
    const others = b.add(b.div(b.mul(nonzero, none), filled), b.mul(zeros, one));
    return [b.mul(b.mul(withKeptAxes(b, g, "ReduceProd", context), product), others)];
  },
};
