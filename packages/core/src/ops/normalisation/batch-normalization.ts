import type { Builder, OpRule, Value, VjpContext } from "../../graph/index.js";
import { printShape } from "../../graph/index.js";
import { mayEqual, shapeMismatch, typeOf } from "../shape-rules.js";
import { channelSum, countOver, perChannel, planeDots } from "./channels.js";

const EPSILON = 1e-5;

/**
 * `y = scale · (x − μ)/√(σ² + ε) + bias`     per channel; x, y: [N, C, …], the others [C]
 * With training_mode 0, μ and σ² are the inputs mean and variance. With 1 they are the batch's own (σ² over all
 * elements, not less one), and two more outputs are `running·momentum + batch·(1 − momentum)`.
 *
 * With `x̂ = (x − μ)/√(σ² + ε)`, `a = scale/√(σ² + ε)` and m elements a channel:
 * `∂L/∂scale = Σ g·x̂`, `∂L/∂bias = Σ g`
 * `∂L/∂x = a·g` (inference), `a·(g − (∂L/∂bias + x̂·∂L/∂scale)/m)` (training)
 * The running statistics pass no gradient in training mode.
 */
export const batchNormalization: OpRule<"BatchNormalization"> = {
  infer({ inputs, outputCount }) {
    const [x, ...vectors] = inputs;
    const channels = x!.shape[1] ?? 1;
    vectors.forEach((vector, i) => {
      if (vector!.rank !== 1 || !mayEqual(vector!.shape[0]!, channels))
        throw shapeMismatch(
          "BatchNormalization",
          `${["scale", "bias", "mean", "variance"][i]!} of shape [${channels}]`,
          printShape(vector!.shape),
          "make the layer for as many channels as come in",
        );
    });
    // Before opset 14 there may be more outputs: saved mean and variance.
    const statistics = Array.from({ length: outputCount - 1 }, (_, i) => ({
      dtype: vectors[2 + (i % 2)]!.dtype,
      shape: [channels],
    }));
    return [typeOf(x!), ...statistics];
  },
  vjp: (context) => (context.attrs.training_mode === 1 ? trainingVjp(context) : inferenceVjp(context)),
};

function inferenceVjp({ b, g, inputs, attrs, wanted }: VjpContext<"BatchNormalization">) {
  const [x, scale, , mean, variance] = inputs as readonly [Value, Value, Value, Value, Value];
  const inverse = inverseDeviation(b, variance, attrs.epsilon);
  const slope = b.mul(scale, inverse);
  const dx = wanted[0] ? b.mul(g, perChannel(b, slope, x)) : undefined;
  if (!wanted.slice(1).includes(true)) return [dx];
  const dBias = channelSum(b, g);
  const dScale = scaleGradient(b, { g, x, mean, inverse, dBias });
  return [
    dx,
    wanted[1] ? dScale : undefined,
    wanted[2] ? dBias : undefined,
    wanted[3] ? b.neg(b.mul(slope, dBias)) : undefined,
    wanted[4] ? b.mul(b.mul(b.mul(slope, inverse), dScale), -0.5) : undefined,
  ];
}

function trainingVjp({ b, g, inputs, outputs, attrs, wanted }: VjpContext<"BatchNormalization">) {
  const [x, scale] = inputs as readonly [Value, Value];
  const { mean, variance } = batchStatistics(b, x, outputs, attrs.momentum);
  const inverse = inverseDeviation(b, variance, attrs.epsilon);
  const dBias = channelSum(b, g);
  const dScale = scaleGradient(b, { g, x, mean, inverse, dBias });
  const dx = (): Value => {
    const count = countOver(x, [0, ...[...x.shape.keys()].slice(2)]);
    const a = b.mul(scale, inverse);
    const perElement = b.mul(a, -1 / count);
    // −(a/m)·(∂L/∂bias + x̂·∂L/∂scale) is a normalisation too: one pass over x.
    const vectors = [b.mul(perElement, dScale), b.mul(perElement, dBias), mean, variance];
    const fromX = b.op("BatchNormalization", [x, ...vectors], { epsilon: attrs.epsilon ?? EPSILON });
    return b.add(b.mul(g, perChannel(b, a, x)), fromX);
  };
  return [wanted[0] ? dx() : undefined, wanted[1] ? dScale : undefined, wanted[2] ? dBias : undefined];
}

/** The batch's mean and variance: the operator's own outputs when its momentum is 0, else computed again. */
function batchStatistics(
  b: Builder,
  x: Value,
  [, mean, variance]: readonly (Value | undefined)[],
  momentum = 0.9,
): { mean: Value; variance: Value } {
  if (momentum === 0 && mean !== undefined && variance !== undefined) return { mean, variance };
  const axes = [0, ...[...x.shape.keys()].slice(2)];
  const centre = b.reduceMean(x, axes);
  const apart = b.sub(x, centre);
  return {
    mean: b.reshape(centre, [-1]),
    variance: b.reduceMean(b.mul(apart, apart), axes, false),
  };
}

function inverseDeviation(b: Builder, variance: Value, epsilon = EPSILON): Value {
  return b.op("Reciprocal", [b.sqrt(b.add(variance, epsilon))]);
}

/** Σ g·x̂ = (Σ g·x − μ·Σ g)/√(σ² + ε) */
function scaleGradient(
  b: Builder,
  { g, x, mean, inverse, dBias }: { g: Value; x: Value; mean: Value; inverse: Value; dBias: Value },
): Value {
  const dots = b.reduceSum(planeDots(b, g, x), [0], false);
  return b.mul(b.sub(dots, b.mul(mean, dBias)), inverse);
}
