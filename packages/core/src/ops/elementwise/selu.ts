import type { OpRule } from "../../graph/index.js";
import { exponentialBranch } from "./exponential-branch.js";
import { unaryFloat } from "./infer-elementwise.js";

/** The defaults of the ONNX specification (Klambauer 2017, arXiv:1706.02515). */
const ALPHA = 1.67326319217681884765625;
const GAMMA = 1.05070102214813232421875;

/**
 * `y = γx` for x > 0, else `γα(eˣ − 1)`
 * `∂L/∂x = γg` for x > 0, else `g · (y + γα)`
 */
export const selu: OpRule<"Selu"> = {
  infer: unaryFloat("Selu"),
  vjp({ b, g, outputs: [y], attrs }) {
    const gamma = attrs.gamma ?? GAMMA;
    const atZero = gamma * (attrs.alpha ?? ALPHA);
    return [b.mul(g, exponentialBranch(b, y!, { above: gamma, atZero, slope: 1 }))];
  },
};
