export interface PlateauOptions {
  /** Whether lower (default) or higher values are better. */
  readonly mode?: "min" | "max" | undefined;
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number | undefined;
  /** Observations without gain that are let pass. Default 10. */
  readonly patience?: number | undefined;
  /** How much counts as a gain. Default 1e-4. */
  readonly threshold?: number | undefined;
  /** Whether the threshold is a share of the best value (default) or a difference. */
  readonly thresholdMode?: "relative" | "absolute" | undefined;
  /** Observations after a reduction during which nothing counts as bad. Default 0. */
  readonly cooldown?: number | undefined;
  /** Default 0. */
  readonly minLr?: number | undefined;
  /** Reductions smaller than this are left out. Default 1e-8. */
  readonly eps?: number | undefined;
}

export interface PlateauState {
  readonly lr: number;
  readonly best: number;
  readonly bad: number;
  readonly cooling: number;
}

/** A learning rate that falls when a metric stops getting better. */
export interface ReduceOnPlateau {
  readonly lr: number;
  /** Take note of the metric, once an epoch. @returns whether the rate has fallen */
  observe(metric: number): boolean;
  readonly state: PlateauState;
}

/**
 * PyTorch's `ReduceLROnPlateau`.
 * @param from the rate to begin with, or the state to go on from
 */
export function reduceOnPlateau(from: number | PlateauState, options: PlateauOptions = {}): ReduceOnPlateau {
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
  const { thresholdMode = "relative", cooldown = 0, minLr = 0, eps = 1e-8 } = options;
  const sign = mode === "min" ? 1 : -1;
  const start = typeof from === "number" ? { lr: from, best: sign * Infinity, bad: 0, cooling: 0 } : from;
  let { lr, best, bad, cooling } = start;

  const gains = (metric: number): boolean => {
    const bar = thresholdMode === "relative" ? best * (1 - sign * threshold) : best - sign * threshold;
    return mode === "min" ? metric < bar : metric > bar;
  };

  return {
    get lr() {
      return lr;
    },
    get state() {
      return { lr, best, bad, cooling };
    },
    observe(metric) {
      if (gains(metric)) [best, bad] = [metric, 0];
      else bad += 1;
      if (cooling > 0) {
        cooling -= 1;
        bad = 0;
      }
      if (bad <= patience) return false;
      cooling = cooldown;
      bad = 0;
      const lower = Math.max(lr * factor, minLr);
      if (lr - lower <= eps) return false;
      lr = lower;
      return true;
    },
  };
}
