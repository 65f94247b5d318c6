import type { Builder, OpRule, Value } from "../../graph/index.js";
import { printShape } from "../../graph/index.js";
import { fixedShape } from "../contents.js";
import { mayEqual, shapeMismatch, typeOf } from "../shape-rules.js";
import { channelSum } from "./channels.js";

/**
 * `y = scale · x̂ + bias`, `x̂ = (x − μ)·r`, `r = 1/√(σ² + ε)`    μ, σ²: of each picture and group of channels
 *                                     x, y: [N, C, …]; scale, bias: [C] (before opset 21: [groups])
 * With `h = g·scale`: `∂L/∂x = r·(h − mean(h) − x̂·mean(h·x̂))` over the group, `∂L/∂scale = Σ g·x̂`, `∂L/∂bias = Σ g`
 */
export const groupNormalization: OpRule<"GroupNormalization"> = {
  infer({ inputs: [x, scale], attrs, opset }) {
    const [, channels] = x!.shape;
    const groups = attrs.num_groups ?? 1;
    if (typeof channels === "number" && channels % groups !== 0)
      throw shapeMismatch(
        "GroupNormalization",
        `channels divisible by ${groups} groups`,
        String(channels),
        "change the number of groups, or the channels of the layer before",
      );
    const expected = opset < 21 ? groups : channels!;
    if (scale!.rank !== 1 || !mayEqual(scale!.shape[0]!, expected))
      throw shapeMismatch(
        "GroupNormalization",
        `scale and bias of shape [${expected}]`,
        printShape(scale!.shape),
        "make the layer for as many channels as come in",
      );
    return typeOf(x!);
  },
  vjp({ b, g, inputs, attrs, wanted }) {
    const [x, scale] = inputs as readonly [Value, Value];
    const shape = fixedShape("GroupNormalization", x.shape);
    const [n, c] = shape as [number, number];
    const groups = attrs.num_groups ?? 1;
    const perGroup = shape.reduce((count, dim) => count * dim, 1) / (n * groups);
    const grouped = (value: Value): Value => b.reshape(value, [n, groups, perGroup]);
    const overChannels = spreader(b, c, x.rank);

    const flat = grouped(x);
    const apart = b.sub(flat, b.reduceMean(flat, [2]));
    const variance = b.reduceMean(b.mul(apart, apart), [2]);
    const inverse = b.op("Reciprocal", [b.sqrt(b.add(variance, attrs.epsilon ?? 1e-5))]); // [N, groups, 1]
    const normal = b.mul(apart, inverse);

    const dx = (): Value => {
      const h = grouped(b.mul(g, overChannels(scale)));
      const along = b.mul(normal, b.reduceMean(b.mul(h, normal), [2]));
      return b.reshape(b.mul(b.sub(b.sub(h, b.reduceMean(h, [2])), along), inverse), shape);
    };
    const gathered = (channels: Value): Value =>
      scale.shape[0] === c ? channels : b.reduceSum(b.reshape(channels, [groups, c / groups]), [1], false);
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? gathered(channelSum(b, b.mul(g, b.reshape(normal, shape)))) : undefined,
      wanted[2] ? gathered(channelSum(b, g)) : undefined,
    ];
  },
};

/** Makes a vector per channel, or per group, broadcast over [N, C, …]. */
function spreader(b: Builder, channels: number, rank: number): (vector: Value) => Value {
  const ones = Array.from({ length: rank - 2 }, () => 1);
  return (vector) => {
    const [length] = vector.shape as readonly [number];
    if (length === channels) return b.reshape(vector, [channels, ...ones]);
    const each = b.expand(b.reshape(vector, [length, 1]), [length, channels / length]);
    return b.reshape(each, [channels, ...ones]);
  };
}
