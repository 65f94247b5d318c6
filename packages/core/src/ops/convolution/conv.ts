import { printShape, type OpRule, type Value } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { commonDtype, mayEqual, shapeMismatch } from "../shape-rules.js";
import { convolutionMacs, padsOf, windowOf, windowOutputs } from "../window.js";

/**
 * `y[n,o,p] = bias[o] + Σ_{c,k} w[o,c,k] · x[n, c, p·stride + k·dilation − pad]`    over the channels c of o's group
 *                                     x: [N, C, …], w: [O, C/group, …kernel], y: [N, O, …]; 1 to 3 spatial axes
 * `∂L/∂x`, `∂L/∂w`: pseudo-operators, for whose many recipes see ops/lowering;  `∂L/∂bias = Σ_{n,p} g`
 */
export const conv: OpRule<"Conv"> = {
  infer({ inputs: [x, w, bias], attrs }) {
    const kernel = checkConvolution("Conv", x!, w!, attrs.group ?? 1);
    const [outputs] = w!.shape;
    if (bias !== undefined && (bias.rank !== 1 || !mayEqual(bias.shape[0]!, outputs!)))
      throw shapeMismatch("Conv", `a bias of shape [${outputs!}]`, printShape(bias.shape));
    return {
      dtype: commonDtype("Conv", bias === undefined ? [x!, w!] : [x!, w!, bias]),
      shape: [x!.shape[0]!, outputs!, ...windowOutputs("Conv", x!.shape.slice(2), kernel, attrs)],
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

/** Check that channels fit; returns the kernel's sizes. @throws MattelierError `shape-mismatch` */
function checkConvolution(where: string, x: Value, w: Value, group: number): readonly number[] {
  if (x.rank < 3 || x.rank !== w.rank)
    throw shapeMismatch(
      where,
      "an input [N,C,…] and weights [O,C/group,…] of one rank",
      `${printShape(x.shape)} and ${printShape(w.shape)}`,
    );
  const [outputs, channels] = w.shape;
  const expected = typeof channels === "number" ? channels * group : channels!;
  if (!mayEqual(x.shape[1]!, expected))
    throw shapeMismatch(
      where,
      `${expected} input channels for weights ${printShape(w.shape)}${group > 1 ? ` in ${group} groups` : ""}`,
      printShape(x.shape),
      "the layer's input channels must be those that the layer before makes",
    );
  if (typeof outputs === "number" && outputs % group !== 0)
    throw shapeMismatch(where, `output channels divisible by ${group} groups`, String(outputs));
  return fixedShape(where, w.shape.slice(2));
}
