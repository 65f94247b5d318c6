import { printShape, type OpRule } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { convolutionShape } from "../convolution-shape.js";
import { commonDtype, mayEqual, shapeMismatch } from "../shape-rules.js";
import { convolutionMacs, padsOf, windowOf } from "../window.js";

/**
 * `y[n,o,p] = bias[o] + Σ_{c,k} w[o,c,k] · x[n, c, p·stride + k·dilation − pad]`    over the channels c of o's group
 *                                     x: [N, C, …], w: [O, C/group, …kernel], y: [N, O, …]; 1 to 3 spatial axes
 * `∂L/∂x`, `∂L/∂w`: pseudo-operators, for whose many recipes see ops/lowering;  `∂L/∂bias = Σ_{n,p} g`
 */
export const conv: OpRule<"Conv"> = {
  infer({ inputs: [x, w, bias], attrs }) {
    const shape = convolutionShape("Conv", x!, w!, attrs);
    const [outputs] = w!.shape;
    if (bias !== undefined && (bias.rank !== 1 || !mayEqual(bias.shape[0]!, outputs!)))
      throw shapeMismatch(
        "Conv",
        `a bias of shape [${outputs!}]`,
        printShape(bias.shape),
        "give it one number for each output channel",
      );
    return {
      dtype: commonDtype("Conv", bias === undefined ? [x!, w!] : [x!, w!, bias]),
      shape,
    };
  },
  vjp({ b, g, inputs: [x, w], attrs, wanted }) {
    const input_shape = fixedShape("Conv", x!.shape);
    const weight_shape = fixedShape("Conv", w!.shape);
    const window = windowOf("Conv", input_shape.slice(2), weight_shape.slice(2), attrs);
    const slide = {
      strides: window.strides,
      pads: padsOf(window),
      dilations: window.dilations,
      group: attrs.group ?? 1,
    };
    return [
      wanted[0] ? b.op("mattelier.ConvInputGradient", [g, w], { ...slide, input_shape }) : undefined,
      wanted[1] ? b.op("mattelier.ConvWeightGradient", [x, g], { ...slide, weight_shape }) : undefined,
      wanted[2] ? b.reduceSum(g, [0, ...[...g.shape.keys()].slice(2)], false) : undefined,
    ];
  },
  macs: ({ inputs: [, w], outputs: [y] }) => convolutionMacs(y!.shape, w!.shape),
};
