import { type Builder, type Value } from "../graph/index.js";
import { tensorFrom } from "../util/index.js";
import type { Arithmetic } from "./arithmetic.js";
import { coefficientVectors, type CoefficientSettings } from "./coefficient-vectors.js";
import type { OptimiserOptions } from "./optimiser.js";
import { ruleOf, type OptimiserSpec } from "./optimiser-spec.js";
import type { ParameterLayout } from "./layout.js";
import { withStages } from "./update-rule.js";

/**
 * An optimiser as nodes of the training graph, for providers whose weights and state stay on the device. The
 * same rules as over typed arrays: what changes from step to step comes in as one small vector per group.
 */
export interface GraphOptimiser {
  /** State arrays per parameter, all zero at first; `ema` equals the weights at first. */
  readonly slots: readonly string[];
  /** Graph inputs to feed at every step. */
  readonly coefficients: readonly CoefficientInput[];
  /** In the layout's order. */
  readonly parameters: readonly GraphUpdate[];
  /** L2 norm of the gradient before clipping, with `clipNorm`. */
  readonly gradientNorm: Value | undefined;
}

export interface CoefficientInput {
  readonly input: Value;
  /** The vector at a step (0 at first). */
  at(step: number, settings?: CoefficientSettings): Float32Array<ArrayBuffer>;
}

export interface GraphUpdate {
  readonly path: string;
  /** New weight. */
  readonly weight: Value;
  /** Per slot the graph input that takes the state, and its new value. */
  readonly state: Readonly<Record<string, { readonly input: Value; readonly next: Value }>>;
}

/**
 * Append an optimiser's update to a graph.
 * @param weights per parameter of the layout its value and its gradient
 */
export function emitOptimiser(
  b: Builder,
  spec: OptimiserSpec,
  layout: ParameterLayout,
  { weights, ...options }: OptimiserOptions & { readonly weights: readonly { w: Value; g: Value }[] },
): GraphOptimiser {
  const { rule } = ruleOf(spec);
  const staged = withStages(rule, { clipValue: options.clipValue, ema: options.emaDecay !== undefined });
  const vectors = coefficientVectors(spec, layout, options);
  const k = graphArithmetic(b);

  return b.scope("optimiser", () => {
    const inputs = Array.from({ length: vectors.count }, (_, i) =>
      b.input(`coefficients/${i}`, "float32", [vectors.names.length]),
    );
    const scalars = inputs.map((input) =>
      Object.fromEntries(vectors.names.map((name, i) => [name, elementOf(b, input, i)])),
    );
    const settings = vectors.of.map((vector) => scalars[vector]!);
    const scale = settings[0]?.["gradientScale"];
    const clip = clipped(b, weights, options.clipNorm, scale);

    const parameters = layout.spans.map(({ path, shape }, i): GraphUpdate => {
      const { w, g } = weights[i]!;
      const coefficients = settings[i]!;
      const held = Object.fromEntries(
        staged.slots.map((slot) => [slot, b.input(`${slot}/${path}`, "float32", shape)]),
      );
      const gradientScale = clip?.scale ?? coefficients["gradientScale"]!;
      const next = staged.update(k, { w, g, ...held }, { ...coefficients, gradientScale });
      const state = staged.slots.map((slot) => [slot, { input: held[slot]!, next: next[slot]! }] as const);
      return { path, weight: next["w"]!, state: Object.fromEntries(state) };
    });
    const coefficients = inputs.map((input, i): CoefficientInput => {
      return { input, at: (step, settingsNow) => vectors.at(i, step, settingsNow) };
    });
    return { slots: staged.slots, coefficients, parameters, gradientNorm: clip?.norm };
  });
}

const graphArithmetic = (b: Builder): Arithmetic<Value> => ({
  add: b.add,
  sub: b.sub,
  mul: b.mul,
  div: b.div,
  min: b.min,
  max: b.max,
  sqrt: b.sqrt,
});

const elementOf = (b: Builder, vector: Value, i: number): Value =>
  b.op("Gather", [vector, b.constant(tensorFrom("int64", [], [i]), "index")], { axis: 0 });

/** Clipping by norm: `scale · min(1, clipNorm / (scale·norm + 1e-6))`. */
function clipped(
  b: Builder,
  weights: readonly { readonly g: Value }[],
  clipNorm: number | undefined,
  scale: Value | undefined,
): { readonly scale: Value; readonly norm: Value } | undefined {
  if (clipNorm === undefined || scale === undefined) return undefined;
  const squares = weights.map(({ g }) => b.op("ReduceSumSquare", [g], { keepdims: 0 }));
  const norm = b.mul(b.sqrt(squares.reduce((sum, square) => b.add(sum, square))), scale);
  const factor = b.min(b.div(b.scalar(clipNorm, "float32"), b.add(norm, 1e-6)), 1);
  return { scale: b.mul(scale, factor), norm };
}
