import { printShape, type Builder, type OpRule, type Shape, type Value } from "../../graph/index.js";
import type { OpAttributes } from "../../onnx/index.js";
import { mayEqual, normaliseAxis, shapeMismatch, typeOf } from "../shape-rules.js";
import { sumTo } from "../sum-to.js";

/**
 * `y = scale · x̂ + bias`, `x̂ = (x − μ)·r`, `r = 1/√(σ² + ε)`    μ, σ² over the axes from `axis` on
 *                                     outputs: y, and if asked for μ and r, with those axes of size 1
 * With `h = g·scale`: `∂L/∂x = r·(h − mean(h) − x̂·mean(h·x̂))`, `∂L/∂scale = Σ g·x̂`, `∂L/∂bias = Σ g`
 */
export const layerNormalization: OpRule<"LayerNormalization"> = {
  infer({ inputs: [x, ...vectors], attrs }) {
    const axis = normaliseAxis("LayerNormalization", attrs.axis ?? -1, x!.rank);
    const normalised = x!.shape.slice(axis);
    for (const vector of vectors)
      if (vector !== undefined && !fitsInto(vector.shape, normalised))
        throw shapeMismatch(
          "LayerNormalization",
          `scale and bias of shape ${printShape(normalised)}`,
          printShape(vector.shape),
          "make the layer for as many features as come in",
        );
    const statistics = {
      dtype: "float32" as const,
      shape: x!.shape.map((dim, i) => (i < axis ? dim : 1)),
    };
    return [typeOf(x!), statistics, statistics];
  },
  vjp({ b, g, inputs, outputs, attrs, wanted }) {
    const [x, scale, bias] = inputs as readonly [Value, Value, Value | undefined];
    const axes = [...x.shape.keys()].slice(normaliseAxis("LayerNormalization", attrs.axis ?? -1, x.rank));
    const { mean, inverse } = statisticsOf(b, x, axes, attrs, outputs);
    const normal = b.mul(b.sub(x, mean), inverse);
    const dx = (): Value => {
      const h = b.mul(g, scale);
      const along = b.mul(normal, b.reduceMean(b.mul(h, normal), axes));
      return b.mul(b.sub(b.sub(h, b.reduceMean(h, axes)), along), inverse);
    };
    return [
      wanted[0] ? dx() : undefined,
      wanted[1] ? sumTo(b, b.mul(g, normal), scale.shape) : undefined,
      wanted[2] && bias !== undefined ? sumTo(b, g, bias.shape) : undefined,
    ];
  },
};

/** Whether a shape broadcasts to another, which it must not enlarge. */
function fitsInto(shape: Shape, target: Shape): boolean {
  const lead = target.length - shape.length;
  return lead >= 0 && shape.every((dim, i) => dim === 1 || mayEqual(dim, target[lead + i]!));
}

/** μ and r: the operator's own outputs when it made them, else computed again. */
function statisticsOf(
  b: Builder,
  x: Value,
  axes: readonly number[],
  attrs: OpAttributes<"LayerNormalization">,
  [, mean, inverse]: readonly (Value | undefined)[],
): { mean: Value; inverse: Value } {
  if (mean !== undefined && inverse !== undefined)
    return { mean: b.cast(mean, x.dtype), inverse: b.cast(inverse, x.dtype) };
  const centre = b.reduceMean(x, axes);
  const apart = b.sub(x, centre);
  const variance = b.reduceMean(b.mul(apart, apart), axes);
  return {
    mean: centre,
    inverse: b.op("Reciprocal", [b.sqrt(b.add(variance, attrs.epsilon ?? 1e-5))]),
  };
}
