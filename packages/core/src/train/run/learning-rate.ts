import { scheduleAt, type ScheduleSpec, type ScheduleValue } from "../../optim/index.js";
import { MattelierError } from "../../util/index.js";
import type { RunConfig } from "./config.js";

/** Kinds whose length is the whole run when none is given. */
const WHOLE_RUN = new Set(["cosine", "polynomial", "one-cycle"]);

/** How far a run has come. */
export interface Progress {
  readonly step: number;
  /** Epochs that are over. */
  readonly epoch: number;
  /** Share of the run that is over, in [0, 1]: of its epochs, or of its time if that is further. */
  readonly share: number;
}

/**
 * The learning rate's factor over a run. A schedule with a length of its own counts steps, or epochs if its `unit` says
 * so; one without stretches over the run, whether epochs or the time budget end it.
 *
 * @param plannedSteps steps that the epochs come to
 */
export function learningRate(
  { schedule, warmUp }: Pick<RunConfig, "schedule" | "warmUp">,
  plannedSteps: number,
): (progress: Progress) => ScheduleValue {
  const { unit = "step", ...given } = (
    typeof schedule === "string" ? { kind: schedule } : schedule
  ) as ScheduleSpec & { readonly unit?: unknown };
  if (unit !== "step" && unit !== "epoch") throw wrongUnit(unit);
  const stretches = WHOLE_RUN.has(given.kind) && !("steps" in given);
  const spec = (stretches ? { ...given, steps: plannedSteps } : given) as ScheduleSpec;
  return ({ step, epoch, share }) => {
    const value = scheduleAt(spec, stretches ? share * plannedSteps : unit === "epoch" ? epoch : step);
    const rise = step < warmUp ? (step + 1) / (warmUp + 1) : 1;
    return { ...value, factor: value.factor * rise };
  };
}

const wrongUnit = (unit: unknown): MattelierError =>
  new MattelierError({
    code: "invalid-config",
    where: "schedule.unit",
    expected: "step or epoch",
    got: JSON.stringify(unit),
  });
