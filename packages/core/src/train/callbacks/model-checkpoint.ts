import type { Callback, EpochReport } from "./callback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

/** Keeps the weights of the epoch whose metric was best (Keras' `ModelCheckpoint`, `save_best_only`). */
export function modelCheckpoint(options: MonitorOptions = {}): Callback {
  const monitor = new Monitor(options);
  return {
    name: "ModelCheckpoint",
    onEpochEnd(report, run) {
      if (monitor.gains(monitor.read(report))) run.keepAsBest();
    },
    state: () => ({ best: monitor.best }),
    restore(state) {
      monitor.best = (state as { best?: number }).best;
    },
  };
}

/** The epoch, from 1, that {@link modelCheckpoint} has kept after these; undefined where none had a finite metric. */
export function bestEpoch(reports: readonly EpochReport[], options: MonitorOptions = {}): number | undefined {
  const monitor = new Monitor(options);
  return reports.filter((report) => monitor.gains(monitor.read(report))).at(-1)?.epoch;
}
