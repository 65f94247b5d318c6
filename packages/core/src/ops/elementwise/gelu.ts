import type { Builder, OpRule, Value } from "../../graph/index.js";
import { unaryFloat } from "./infer-elementwise.js";

/**
 * `y = x · Φ(x)`, Φ the normal distribution (Hendrycks 2016, arXiv:1606.08415); with approximate "tanh"
 * `y = x · ½(1 + tanh u)`, `u = √(2/π) (x + 0.044715 x³)`
 * `∂L/∂x = g · (Φ(x) + x φ(x))`
 */
export const gelu: OpRule<"Gelu"> = {
  infer: unaryFloat("Gelu"),
  vjp: ({ b, g, inputs: [x], attrs }) => [
    b.mul(g, attrs.approximate === "tanh" ? tanhSlope(b, x!) : exactSlope(b, x!)),
  ],
};

/** `½(1 + erf s) + s · e^(−s²)/√π` with `s = x/√2`; the factor goes into the exponent. */
function exactSlope(b: Builder, x: Value): Value {
  const s = b.mul(x, Math.SQRT1_2);
  const density = b.exp(b.sub(b.scalar(-0.5 * Math.log(Math.PI), x.dtype), b.mul(s, s)));
  return b.add(halfOfOnePlus(b, b.op("Erf", [s])), b.mul(s, density));
}

/** `½(1 + t) + ½ x (1 − t²) u′`, `t = tanh u`, `u = x(c + d x²)`, `u′ = c + 3d x²`. */
function tanhSlope(b: Builder, x: Value): Value {
  const c = Math.sqrt(2 / Math.PI);
  const d = c * 0.044715;
  const x2 = b.mul(x, x);
  const t = b.tanh(b.mul(x, b.add(b.mul(x2, d), c)));
  const rest = b.sub(b.scalar(1, x.dtype), b.mul(t, t));
  const half = b.mul(x, b.add(b.mul(x2, 1.5 * d), c / 2));
  return b.add(halfOfOnePlus(b, t), b.mul(half, rest));
}

/** `½(1 + t)` for t in [−1, 1]: in float32 one pass instead of two. */
function halfOfOnePlus(b: Builder, t: Value): Value {
  if (t.dtype === "float32") return b.op("HardSigmoid", [t], { alpha: 0.5, beta: 0.5 });
  return b.mul(b.add(t, 1), 0.5);
}
