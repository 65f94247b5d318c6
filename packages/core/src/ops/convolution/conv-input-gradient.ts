import { mulDim, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { slideOf } from "./slide.js";

/**
 * Gradient of `y = Conv(x, w)` by x, given `dy = ∂L/∂y`:
 * `dx[n, c, p·stride + k·dilation − pad] += w[o,c,k] · dy[n,o,p]`
 *                                     dy: [N, O, …], w: [O, C/group, …], dx: attribute input_shape
 * A pseudo-operator: ops/lowering writes it as real ones. It is linear in both, so its own gradients are
 * `∂L/∂dy = Conv(g, w)` and `∂L/∂w` = the weight gradient of input g and output gradient dy.
 */
export const convInputGradient: OpRule<"mattelier.ConvInputGradient"> = {
  infer: ({ inputs: [dy], attrs }) => ({ dtype: dy!.dtype, shape: attrs.input_shape ?? [] }),
  vjp({ b, g, inputs: [dy, w], attrs, wanted }) {
    const slide = slideOf(attrs);
    const weight_shape = fixedShape("ConvInputGradient", w!.shape);
    return [
      wanted[0] ? b.op("Conv", [g, w], slide) : undefined,
      wanted[1] ? b.op("mattelier.ConvWeightGradient", [g, dy], { ...slide, weight_shape }) : undefined,
    ];
  },
  macs: ({ inputs: [dy, w] }) => mulDim(dy!.shape.reduce(mulDim, 1), w!.shape.slice(1).reduce(mulDim, 1)),
};
