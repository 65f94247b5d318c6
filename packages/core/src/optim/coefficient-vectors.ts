import type { ParameterLayout } from "./layout.js";
import type { OptimiserOptions, StepOptions } from "./optimiser.js";
import { ruleOf, type OptimiserSpec } from "./optimiser-spec.js";
import { settingsOf, type GroupSettings } from "./parameter-groups.js";
import { stageCoefficients } from "./update-rule.js";

export interface CoefficientSettings extends StepOptions {
  /** How many gradients are summed up in the one given. Default 1. */
  readonly microBatches?: number | undefined;
}

/** What changes from step to step in an optimiser's graph: a small vector for each distinct group settings. */
export interface CoefficientVectors {
  /** What the elements are. */
  readonly names: readonly string[];
  readonly count: number;
  /** Which vector each parameter of the layout takes. */
  readonly of: readonly number[];
  /** A vector at a step (0 at first). */
  at(vector: number, step: number, settings?: CoefficientSettings): Float32Array<ArrayBuffer>;
}

/** Follows from plain data alone, so that whoever runs a graph can tell what to feed it. */
export function coefficientVectors(
  spec: OptimiserSpec,
  layout: ParameterLayout,
  { groups = [], clipValue, emaDecay: decay }: OptimiserOptions,
): CoefficientVectors {
  const { rule, weightDecay } = ruleOf(spec);
  const distinct: GroupSettings[] = [];
  const of = settingsOf(layout, groups, weightDecay).map((settings) => {
    const known = distinct.findIndex(
      (other) => other.lr === settings.lr && other.weightDecay === settings.weightDecay,
    );
    return known >= 0 ? known : distinct.push(settings) - 1;
  });
  const valuesAt = (
    { lr: multiplier, weightDecay: own }: GroupSettings,
    step: number,
    { lr = spec.lr, momentum, emaDecay = decay, microBatches = 1 }: CoefficientSettings,
  ): Readonly<Record<string, number>> => ({
    ...rule.coefficients({ lr: lr * multiplier, weightDecay: own, step, momentum }),
    ...stageCoefficients({ gradientScale: 1 / microBatches, clipValue, emaDecay }),
  });
  return {
    names: Object.keys(valuesAt({ lr: 1, weightDecay: 0 }, 0, {})),
    count: distinct.length,
    of,
    at: (vector, step, settings = {}) =>
      Float32Array.from(Object.values(valuesAt(distinct[vector]!, step, settings))),
  };
}
