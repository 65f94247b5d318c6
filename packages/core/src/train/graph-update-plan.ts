import type { Builder, Value } from "../graph/index.js";
import type { BufferAverage } from "../nn/index.js";
import {
  emitOptimiser,
  type OptimiserOptions,
  type OptimiserSpec,
  type ParameterLayout,
} from "../optim/index.js";
import type { Outputs } from "./outputs.js";

/** A value that goes round: an output of one run is an input of the next. */
export interface Carried {
  /** State-dict path, `<slot>/<path>` or `sum/<path>`. */
  readonly key: string;
  readonly shape: readonly number[];
  /** Names in the graph. */
  readonly input: string;
  readonly output: string;
}

/** The optimiser's part of a graph, by names. */
export interface GraphUpdatePlanParts {
  /** New after a step. */
  readonly weights: readonly Carried[];
  readonly slots: readonly Carried[];
  /** New after each micro-batch: summed gradients, running statistics. */
  readonly sums: readonly Carried[];
  readonly averages: readonly Carried[];
  /** Input: 0 for the first micro-batch of a step, which forgets the sums, else 1. */
  readonly carry: string;
  /** Inputs of the optimiser's coefficients. */
  readonly coefficients: readonly string[];
  /** Output, with `clipNorm`. */
  readonly gradientNorm: string | undefined;
}

export interface UpdateParts {
  /** Per parameter of the layout: its value and its gradient. */
  readonly trained: readonly { readonly w: Value; readonly g: Value }[];
  readonly averages: readonly BufferAverage[];
  readonly optimiser: OptimiserSpec;
  readonly layout: ParameterLayout;
  readonly options: OptimiserOptions;
}

/** Append what moves weights, optimiser state and running statistics. */
export function emitUpdate(
  b: Builder,
  outputs: Outputs,
  { trained, averages, optimiser, layout, options }: UpdateParts,
): GraphUpdatePlanParts {
  const carry = b.input("carry", "float32", []);
  const sums = layout.spans.map(({ path, shape }, i) => {
    const input = b.input(`sum/${path}`, "float32", shape);
    return { path, input, total: b.add(trained[i]!.g, b.mul(input, carry)) };
  });
  const emitted = emitOptimiser(b, optimiser, layout, {
    ...options,
    weights: trained.map(({ w }, i) => ({ w, g: sums[i]!.total })),
  });
  const carried = (key: string, input: Value, next: Value): Carried => ({
    key,
    shape: input.shape as readonly number[],
    input: input.name,
    output: outputs.add(next),
  });
  return {
    weights: emitted.parameters.map(({ path, weight }, i) => carried(path, trained[i]!.w, weight)),
    slots: emitted.parameters.flatMap(({ path, state }) =>
      Object.entries(state).map(([slot, { input, next }]) => carried(`${slot}/${path}`, input, next)),
    ),
    sums: sums.map(({ path, input, total }) => carried(`sum/${path}`, input, total)),
    averages: runningAverages(b, averages).map(({ path, input, next }) => carried(path, input, next)),
    carry: carry.name,
    coefficients: emitted.coefficients.map(({ input }) => input.name),
    gradientNorm: emitted.gradientNorm && outputs.add(emitted.gradientNorm),
  };
}

/** `buffer = (1 - momentum)·buffer + momentum·value`, one after the other where a module was called several times. */
function runningAverages(
  b: Builder,
  averages: readonly BufferAverage[],
): readonly { readonly path: string; readonly input: Value; readonly next: Value }[] {
  const running = new Map<string, { readonly input: Value; readonly next: Value }>();
  for (const { path, value, momentum } of averages) {
    const before = running.get(path);
    const input = before?.input ?? b.input(`running/${path}`, value.dtype, value.shape);
    const next = b.add(b.mul(before?.next ?? input, 1 - momentum), b.mul(value, momentum));
    running.set(path, { input, next });
  }
  return Array.from(running, ([path, values]) => ({ path, ...values }));
}
