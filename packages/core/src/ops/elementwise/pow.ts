import type { Builder, OpRule, Value } from "../../graph/index.js";
import { contentsOf } from "../contents.js";
import { broadcastShapes } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";
import { computed, onNumbers } from "./infer-elementwise.js";

/**
 * `z = xʸ`                       with broadcasting; z has x's type, y may have another
 * `∂L/∂x = g · y · xʸ⁻¹`         0 where y = 0, as PyTorch
 * `∂L/∂y = g · z · ln x`         0 where x = 0 and y ≥ 0, as PyTorch
 */
export const pow: OpRule<"Pow"> = {
  infer: ({ inputs: [x, y] }) => ({
    dtype: x!.dtype,
    shape: broadcastShapes("Pow", [x!.shape, y!.shape]),
  }),
  inferData: computed(onNumbers((x, y) => x ** y)),
  vjp({ b, g, inputs: [x, y], outputs: [z], wanted }) {
    const exponent = contentsOf(y!);
    const fixed = exponent?.length === 1 && typeof exponent[0] === "number" ? exponent[0] : undefined;
    return [
      wanted[0]
        ? sumTo(
            b,
            fixed === undefined ? byBase(b, g, x!, b.cast(y!, x!.dtype)) : byFixed(b, g, x!, z!, fixed),
            x!.shape,
          )
        : undefined,
      wanted[1] ? sumTo(b, b.cast(byExponent(b, g, x!, y!, z!), y!.dtype), y!.shape) : undefined,
    ];
  },
};

/** Usual exponents without a power function, which is twenty times slower than a product. */
function byFixed(b: Builder, g: Value, x: Value, z: Value, exponent: number): Value {
  switch (exponent) {
    case 0:
      return b.mul(g, 0);
    case 1:
      return g;
    case 2:
      return b.mul(g, b.mul(x, 2));
    case 3:
      return b.mul(g, b.mul(b.mul(x, x), 3));
    case 0.5:
      return b.div(b.mul(g, 0.5), z);
    case -1:
      return b.neg(b.mul(g, b.mul(z, z)));
    default:
      return b.mul(b.mul(g, exponent), b.pow(x, exponent - 1));
  }
}

function byBase(b: Builder, g: Value, x: Value, y: Value): Value {
  const slope = b.mul(y, b.pow(x, b.sub(y, 1)));
  const zero = b.scalar(0, x.dtype);
  return b.mul(g, b.where(b.equal(y, 0), zero, slope));
}

function byExponent(b: Builder, g: Value, x: Value, y: Value, z: Value): Value {
  const zero = b.scalar(0, x.dtype);
  const vanishes = b.op("And", [b.equal(x, 0), b.op("GreaterOrEqual", [y, b.scalar(0, y.dtype)])]);
  return b.mul(g, b.where(vanishes, zero, b.mul(z, b.log(x))));
}
