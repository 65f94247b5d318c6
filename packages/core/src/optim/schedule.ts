import { unknownName } from "../util/index.js";

/**
 * How the learning rate moves over time, as data. Time t counts steps or epochs, as the caller likes, from 0.
 * Lengths (`steps`, `every`, `milestones`) are in the same unit. After its end a schedule holds its last value.
 */
export type ScheduleSpec =
  | { readonly kind: "constant" }
  /** PyTorch's `StepLR`: gamma^⌊t / every⌋. */
  | { readonly kind: "step"; readonly every: number; readonly gamma?: number | undefined }
  /** PyTorch's `MultiStepLR`: gamma^(milestones reached). */
  | {
      readonly kind: "multi-step";
      readonly milestones: readonly number[];
      readonly gamma?: number | undefined;
    }
  /** PyTorch's `ExponentialLR`: gamma^t. */
  | { readonly kind: "exponential"; readonly gamma: number }
  /** PyTorch's `CosineAnnealingLR`: end + (1 - end)·(1 + cos(πt / steps)) / 2. */
  | { readonly kind: "cosine"; readonly steps: number; readonly end?: number | undefined }
  /** end + (1 - end)·(1 - t/steps)^power; with end 0 PyTorch's `PolynomialLR`. */
  | {
      readonly kind: "polynomial";
      readonly steps: number;
      readonly power?: number | undefined;
      readonly end?: number | undefined;
    }
  | OneCycleSpec
  | WarmUpSpec;

/**
 * PyTorch's `OneCycleLR` (Smith & Topin 2018, arXiv:1708.07120), cosine, two phases: up from 1/divideBy to 1,
 * down to 1/(divideBy·finalDivideBy); momentum goes the other way. The optimiser's rate is the peak.
 */
export interface OneCycleSpec {
  readonly kind: "one-cycle";
  readonly steps: number;
  /** Share of the steps that go up. Default 0.3. */
  readonly rise?: number | undefined;
  /** Default 25. */
  readonly divideBy?: number | undefined;
  /** Default 1e4. */
  readonly finalDivideBy?: number | undefined;
  /** Momentum at the peak and at the ends. Default [0.85, 0.95]; `false` leaves momentum alone. */
  readonly momentum?: readonly [number, number] | false | undefined;
}

/** A linear rise from `from` to 1 over `steps`, combined with another schedule. */
export interface WarmUpSpec {
  readonly kind: "warm-up";
  readonly steps: number;
  /** Factor at t = 0. Default 0.1. */
  readonly from?: number | undefined;
  /** Default constant. */
  readonly then?: ScheduleSpec | undefined;
  /**
   * `after` (default): the other begins when the rise is over (PyTorch's `SequentialLR`);
   * `times`: their product (`ChainedScheduler`); `min`: the lower of the two, both from t = 0.
   */
  readonly combine?: "after" | "times" | "min" | undefined;
}

export interface ScheduleValue {
  /** Multiplies the optimiser's learning rate. */
  readonly factor: number;
  /** Momentum to use, where the schedule has a say in it. */
  readonly momentum?: number;
}

type Kind = ScheduleSpec["kind"];

/** Every schedule by name. A kind without a function does not compile. */
export const schedules: {
  readonly [K in Kind]: (
    spec: Extract<ScheduleSpec, { readonly kind: K }>,
    t: number,
    thenAt: number,
  ) => ScheduleValue;
} = {
  constant: () => ({ factor: 1 }),
  step: ({ every, gamma = 0.1 }, t) => ({ factor: gamma ** Math.floor(t / every) }),
  "multi-step": ({ milestones, gamma = 0.1 }, t) => ({
    factor: gamma ** milestones.filter((milestone) => milestone <= t).length,
  }),
  exponential: ({ gamma }, t) => ({ factor: gamma ** t }),
  cosine: ({ steps, end = 0 }, t) => ({ factor: cosineBetween(1, end, Math.min(t / steps, 1)) }),
  polynomial: ({ steps, power = 1, end = 0 }, t) => ({
    factor: end + (1 - end) * (1 - Math.min(t / steps, 1)) ** power,
  }),
  "one-cycle": oneCycle,
  "warm-up": warmUp,
};

/**
 * The value of a schedule at time t.
 * @param thenAt the time of what a warm-up is combined with, where another clock moves that. Default: t
 * @throws MattelierError `unknown-name`
 */
export function scheduleAt(spec: ScheduleSpec, t: number, thenAt = t): ScheduleValue {
  if (!Object.hasOwn(schedules, spec.kind)) throw unknownName("schedule", spec.kind, Object.keys(schedules));
  const schedule = schedules[spec.kind] as (spec: ScheduleSpec, t: number, thenAt: number) => ScheduleValue;
  return schedule(spec, t, thenAt);
}

/** From a at share 0 to b at share 1, along half a cosine. */
function cosineBetween(a: number, b: number, share: number): number {
  return b + ((a - b) * (1 + Math.cos(Math.PI * share))) / 2;
}

function oneCycle(
  { steps, rise = 0.3, divideBy = 25, finalDivideBy = 1e4, momentum = [0.85, 0.95] }: OneCycleSpec,
  t: number,
): ScheduleValue {
  const peak = rise * steps - 1;
  const end = steps - 1;
  // With nothing to go up over, the first step is at the peak.
  const up = t <= peak && peak > 0;
  const share = up ? t / peak : Math.min((t - peak) / (end - peak), 1);
  const low = 1 / divideBy;
  const factor = up ? cosineBetween(low, 1, share) : cosineBetween(1, low / finalDivideBy, share);
  if (momentum === false) return { factor };
  const [least, most] = momentum;
  return { factor, momentum: up ? cosineBetween(most, least, share) : cosineBetween(least, most, share) };
}

function warmUp(
  { steps, from = 0.1, then = { kind: "constant" }, combine = "after" }: WarmUpSpec,
  t: number,
  thenAt: number,
): ScheduleValue {
  const rising = t < steps;
  const rise = rising ? from + ((1 - from) * t) / steps : 1;
  if (combine === "after") return rising ? { factor: rise } : scheduleAt(then, Math.max(0, thenAt - steps));
  const other = scheduleAt(then, thenAt);
  return { ...other, factor: combine === "times" ? rise * other.factor : Math.min(rise, other.factor) };
}
