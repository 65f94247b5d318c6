import type { Arithmetic } from "./arithmetic.js";

/** What a step knows besides weights and gradient. */
export interface StepSettings {
  /** Learning rate of this step, the group's multiplier included. */
  readonly lr: number;
  readonly weightDecay: number;
  /** 0 at the first step. */
  readonly step: number;
  /** In place of the rule's own momentum (SGD) or first beta (Adam), as a one-cycle schedule asks. */
  readonly momentum?: number | undefined;
}

/**
 * How one weight moves, given its gradient and what the rule remembers of it.
 *
 * @typeParam S names of the numbers remembered per weight; all start at zero
 * @typeParam C names of the numbers that are the same for all weights of a group
 */
export interface UpdateRule<S extends string = string, C extends string = string> {
  readonly slots: readonly S[];
  coefficients(settings: StepSettings): Readonly<Record<C, number>>;
  /** New weight and slots from weight `w`, gradient `g`, slots and coefficients. */
  update<T>(
    k: Arithmetic<T>,
    x: Readonly<Record<S | "w" | "g", T>>,
    c: Readonly<Record<C, T>>,
  ): Readonly<Record<S | "w", T>>;
}

export interface StageOptions {
  /** Clip every element of the gradient to [-clipValue, clipValue]. */
  readonly clipValue?: number | undefined;
  /** Keep an exponential moving average of the weights in the slot `ema`. */
  readonly ema?: boolean | undefined;
}

/**
 * A rule with the stages around it, in one pass over memory: first `g · gradientScale` (the mean over
 * micro-batches, clipping by norm), then clipping by value; after the rule `ema = decay·ema + (1-decay)·w`.
 */
export function withStages(
  rule: UpdateRule,
  { clipValue, ema = false }: StageOptions,
): Pick<UpdateRule, "slots" | "update"> {
  return {
    slots: ema ? [...rule.slots, "ema"] : rule.slots,
    update(k, x, c) {
      let g = k.mul(x["g"]!, c["gradientScale"]!);
      if (clipValue !== undefined) g = k.min(k.max(g, c["clipLow"]!), c["clipHigh"]!);
      const next = rule.update(k, { ...x, g }, c);
      if (!ema) return next;
      const average = k.add(k.mul(x["ema"]!, c["emaKeep"]!), k.mul(next["w"]!, c["emaTake"]!));
      return { ...next, ema: average };
    },
  };
}

/** The stages' own coefficients. Every name is always there, used or not. */
export interface StageCoefficients {
  readonly gradientScale: number;
  readonly clipValue?: number | undefined;
  readonly emaDecay?: number | undefined;
}

export function stageCoefficients({
  gradientScale,
  clipValue = Infinity,
  emaDecay = 0,
}: StageCoefficients): Record<string, number> {
  return {
    gradientScale,
    clipLow: -clipValue,
    clipHigh: clipValue,
    emaKeep: emaDecay,
    emaTake: 1 - emaDecay,
  };
}
