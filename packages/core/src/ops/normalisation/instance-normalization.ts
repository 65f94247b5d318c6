import type { OpRule, Value } from "../../graph/index.js";
import { printShape } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { mayEqual, shapeMismatch, typeOf } from "../shape-rules.js";
import { countOver, planeDots } from "./channels.js";

/**
 * `y = scale · x̂ + bias`, `x̂ = (x − μ)/√(σ² + ε)`    μ, σ²: of each picture and channel over its m places
 *                                     x, y: [N, C, …]; scale, bias: [C]
 * `∂L/∂scale = Σ g·x̂`, `∂L/∂bias = Σ g`
 * `∂L/∂x = a·(g − (Σ_p g + x̂·Σ_p g·x̂)/m)`, `a = scale/√(σ² + ε)`
 */
export const instanceNormalization: OpRule<"InstanceNormalization"> = {
  infer({ inputs: [x, scale, bias] }) {
    for (const vector of [scale!, bias!])
      if (vector.rank !== 1 || !mayEqual(vector.shape[0]!, x!.shape[1]!))
        throw shapeMismatch(
          "InstanceNormalization",
          `scale and bias of shape [${x!.shape[1]!}]`,
          printShape(vector.shape),
          "make the layer for as many channels as come in",
        );
    return typeOf(x!);
  },
  vjp({ b, g, inputs, attrs, wanted }) {
    const [x, scale] = inputs as readonly [Value, Value];
    const places = [...x.shape.keys()].slice(2);
    const [n, c] = fixedShape("InstanceNormalization", x.shape) as [number, number];
    const plane = [n, c, ...places.map(() => 1)];
    const count = countOver(x, places);

    const mean = b.reduceMean(x, places); // [N, C, 1, …]
    const apart = b.sub(x, mean);
    const variance = b.mul(b.reshape(planeDots(b, apart, apart), plane), 1 / count);
    const inverse = b.op("Reciprocal", [b.sqrt(b.add(variance, attrs.epsilon ?? 1e-5))]);
    const sum = b.reduceSum(g, places);
    const dot = b.mul(b.reshape(planeDots(b, g, apart), plane), inverse); // Σ g·x̂

    const dx = (): Value => {
      const a = b.mul(inverse, b.reshape(scale, plane.with(0, 1)));
      const slope = b.mul(b.mul(b.mul(a, inverse), dot), -1 / count);
      const offset = b.mul(b.mul(a, sum), -1 / count);
      return b.add(b.mul(g, a), b.add(b.mul(apart, slope), offset));
    };
    const overBatch = (planes: Value): Value => b.reduceSum(b.reshape(planes, [n, c]), [0], false);
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? overBatch(dot) : undefined,
      wanted[2] ? overBatch(sum) : undefined,
    ];
  },
};
