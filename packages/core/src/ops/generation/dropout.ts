import type { OpRule } from "../../graph/index.js";
import { MattelierError } from "../../util/index.js";
import { contentsOf } from "../contents.js";
import { typeOf } from "../shape-rules.js";

/**
 * `y, m`: while training (third operand) `y = x · m / (1 − p)`, m = 0 with probability p (second operand, ½), else 1;
 * otherwise `y = x`                                        (Srivastava 2014)
 * `∂L/∂x = g · m / (1 − p)`
 */
export const dropout: OpRule<"Dropout"> = {
  infer: ({ inputs: [x], opset }) => [typeOf(x!), { dtype: opset < 10 ? x!.dtype : "bool", shape: x!.shape }],
  inferData: ({ inputs: [x, , training] }) => (training === undefined ? contentsOf(x!) : undefined),
  vjp({ b, g, inputs: [, ratio, training], outputs: [, mask] }) {
    const trains = training === undefined ? 0 : contentsOf(training)?.[0];
    if (trains === 0) return [g];
    if (trains === undefined || mask === undefined)
      throw new MattelierError({
        code: "unsupported",
        where: "gradient of Dropout",
        expected: "a constant training mode, and the mask among the outputs",
        got: mask === undefined ? "no mask" : "a training mode known only at run time",
        fix: "emit it with two outputs, and training mode as a constant",
      });
    const kept = b.mul(g, b.cast(mask, g.dtype));
    const p = ratio === undefined ? 0.5 : contentsOf(ratio)?.[0];
    if (typeof p === "number") return [b.mul(kept, 1 / (1 - p))];
    return [b.div(kept, b.sub(b.scalar(1, g.dtype), b.cast(ratio!, g.dtype)))];
  },
  random: true,
};
