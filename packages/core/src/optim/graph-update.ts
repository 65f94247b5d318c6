import { type Builder, type Value } from "../graph/index.js";
import { tensorFrom } from "../util/index.js";
import type { Arithmetic } from "./arithmetic.js";
import type { OptimiserOptions, StepOptions } from "./optimiser.js";
import { ruleOf, type OptimiserSpec } from "./optimiser-spec.js";
import type { ParameterLayout } from "./layout.js";
import { settingsOf, type GroupSettings } from "./parameter-groups.js";
import { stageCoefficients, withStages } from "./update-rule.js";

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
  /** The vector at a step (0 at first). `microBatches`: how many gradients are summed up in those given. */
  at(step: number, options?: StepOptions & { readonly microBatches?: number }): Float32Array<ArrayBuffer>;
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
  const { rule, weightDecay } = ruleOf(spec);
  const staged = withStages(rule, { clipValue: options.clipValue, ema: options.emaDecay !== undefined });
  const k = graphArithmetic(b);

  return b.scope("optimiser", () => {
    const group = groupInputs(
      b,
      (settings, step, { lr = spec.lr, momentum, emaDecay, microBatches = 1 }) => ({
        ...rule.coefficients({ ...settings, lr: lr * settings.lr, step, momentum }),
        ...stageCoefficients({
          gradientScale: 1 / microBatches,
          clipValue: options.clipValue,
          emaDecay: emaDecay ?? options.emaDecay,
        }),
      }),
    );
    const settings = settingsOf(layout, options.groups ?? [], weightDecay).map(group.of);
    const scale = settings[0]?.["gradientScale"];
    const clip = clipped(b, weights, options.clipNorm, scale);

    const parameters = layout.spans.map(({ path, shape }, i): GraphUpdate => {
      const { w, g } = weights[i]!;
      const coefficients = settings[i]!;
      const inputs = Object.fromEntries(
        staged.slots.map((slot) => [slot, b.input(`${slot}/${path}`, "float32", shape)]),
      );
      const gradientScale = clip?.scale ?? coefficients["gradientScale"]!;
      const next = staged.update(k, { w, g, ...inputs }, { ...coefficients, gradientScale });
      const state = staged.slots.map((slot) => [slot, { input: inputs[slot]!, next: next[slot]! }] as const);
      return { path, weight: next["w"]!, state: Object.fromEntries(state) };
    });
    return { slots: staged.slots, coefficients: group.inputs, parameters, gradientNorm: clip?.norm };
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

type CoefficientsAt = (
  settings: GroupSettings,
  step: number,
  options: Parameters<CoefficientInput["at"]>[1] & object,
) => Readonly<Record<string, number>>;

/** One input vector per distinct settings, and its elements as scalars by name. */
function groupInputs(
  b: Builder,
  coefficientsAt: CoefficientsAt,
): {
  readonly inputs: readonly CoefficientInput[];
  readonly of: (settings: GroupSettings) => Readonly<Record<string, Value>>;
} {
  const inputs: CoefficientInput[] = [];
  const known = new Map<string, Readonly<Record<string, Value>>>();
  return {
    inputs,
    of(settings) {
      const key = `${settings.lr} ${settings.weightDecay}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const names = Object.keys(coefficientsAt(settings, 0, {}));
      const input = b.input(`coefficients/${inputs.length}`, "float32", [names.length]);
      inputs.push({
        input,
        at: (step, options = {}) => Float32Array.from(Object.values(coefficientsAt(settings, step, options))),
      });
      const element = (i: number): Value =>
        b.op("Gather", [input, b.constant(tensorFrom("int64", [], [i]), "index")], { axis: 0 });
      const scalars = Object.fromEntries(names.map((name, i) => [name, element(i)]));
      known.set(key, scalars);
      return scalars;
    },
  };
}

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
