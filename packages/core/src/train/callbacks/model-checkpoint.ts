import type { Callback } from "./callback.js";
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
