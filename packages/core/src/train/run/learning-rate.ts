import { scheduleAt, type ScheduleSpec, type ScheduleValue } from "../../optim/index.js";
import type { RunConfig } from "./config/config.js";

/** Kinds whose length is the whole run when none is given. */
const WHOLE_RUN = new Set(["cosine", "polynomial", "one-cycle"]);

/** How far a run has come. */
export interface Progress {
  readonly step: number;
  /** Epochs that are over. */
  readonly epoch: number;
  /** Share of the run that is over, in [0, 1]: of its steps, its epochs or its time, whichever is the furthest. */
  readonly share: number;
}

/** A schedule that may have no length of its own. */
type Given = Exclude<RunConfig["schedule"], string>;

/**
 * The learning rate's factor over a run. A schedule with a length of its own counts steps, or epochs if its `unit` says
 * so; one without stretches over the run, whether steps, epochs or the time budget end it. A warm-up's rise has a length;
 * what comes after it stretches over what it leaves of the planned length. Where time ends the run sooner, more of the run
 * is over by then than was planned, and that schedule begins as far in.
 *
 * @param planned what the run comes to, unless time ends it
 */
export function learningRate(
  { schedule, warmUp }: Pick<RunConfig, "schedule" | "warmUp">,
  planned: { readonly steps: number; readonly epochs: number },
): (progress: Progress) => ScheduleValue {
  const given: Given = typeof schedule === "string" ? { kind: schedule } : schedule;
  const isByEpoch = given.unit === "epoch";
  const length = isByEpoch ? planned.epochs : planned.steps;
  const spec = withLength(given, length);
  const isWarmUp = given.kind === "warm-up";
  const moving = isWarmUp ? given.then : given;
  const stretches = moving !== undefined && isOpen(moving);
  return ({ step, epoch, share }) => {
    const gone = isByEpoch ? epoch : step;
    const stretched = stretches ? share * length : gone;
    const value = scheduleAt(spec, isWarmUp ? gone : stretched, stretched);
    const rise = step < warmUp ? (step + 1) / (warmUp + 1) : 1;
    return { ...value, factor: value.factor * rise };
  };
}

/** Whether a schedule's length is left to the run. */
const isOpen = (given: { readonly kind: string; readonly steps?: number | undefined }): boolean =>
  WHOLE_RUN.has(given.kind) && given.steps === undefined;

/** A schedule as long as the run where its length is left to it; after a warm-up, as long as what is left. */
function withLength(given: Given, length: number): ScheduleSpec {
  if (isOpen(given)) return { ...given, steps: length } as ScheduleSpec;
  if (given.kind !== "warm-up" || given.then === undefined || !isOpen(given.then))
    return given as ScheduleSpec;
  const { combine = "after", steps, then } = given;
  const left = combine === "after" ? Math.max(1, length - steps) : length;
  return { ...given, then: { ...then, steps: left } as ScheduleSpec };
}
