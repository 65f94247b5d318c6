import type { OpRule } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x · t,  t = tanh(ln(1 + eˣ))`                (Misra 2019, arXiv:1908.08681)
 * `∂L/∂x = g · (t + x · (1 − t²) · σ(x))`
 */
export const mish: OpRule<"Mish"> = {
  infer: unaryFloat("Mish"),
  vjp({ b, g, inputs: [x] }) {
    const t = b.tanh(b.op("Softplus", [x]));
    const slope = b.mul(b.sub(b.scalar(1, x!.dtype), b.mul(t, t)), b.sigmoid(x!));
    return [b.mul(g, b.add(t, b.mul(x!, slope)))];
  },
};
