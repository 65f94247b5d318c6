import { mulDim, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { slideOf } from "./slide.js";

/**
 * Gradient of `y = Conv(x, w)` by w, given `dy = ∂L/∂y`:
 * `dw[o,c,k] = Σ_{n,p} dy[n,o,p] · x[n, c, p·stride + k·dilation − pad]`
 *                                     x: [N, C, …], dy: [N, O, …], dw: attribute weight_shape, [O, C/group, …]
 * A pseudo-operator: ops/lowering writes it as real ones. It is linear in both, so its own gradients are
 * `∂L/∂x` = the input gradient of dy with weights g, and `∂L/∂dy = Conv(x, g)`.
 */
export const convWeightGradient: OpRule<"mattelier.ConvWeightGradient"> = {
  infer: ({ inputs: [x], attrs }) => ({ dtype: x!.dtype, shape: attrs.weight_shape ?? [] }),
  vjp({ b, g, inputs: [x, dy], attrs, wanted }) {
    const slide = slideOf(attrs);
    const input_shape = fixedShape("ConvWeightGradient", x!.shape);
    return [
      wanted[0] ? b.op("mattelier.ConvInputGradient", [dy, g], { ...slide, input_shape }) : undefined,
      wanted[1] ? b.op("Conv", [x, g], slide) : undefined,
    ];
  },
  macs: ({ inputs: [, dy], attrs }) =>
    mulDim(dy!.shape.reduce(mulDim, 1), (attrs.weight_shape ?? []).slice(1).reduce(mulDim, 1)),
};
