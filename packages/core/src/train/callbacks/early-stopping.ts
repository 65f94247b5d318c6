import type { Callback } from "./callback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without a gain after which the run ends. Default 8. */
  readonly patience?: number | undefined;
}

/** Ends a run whose metric has stopped getting better (Keras' `EarlyStopping`). */
export function earlyStopping({ patience = 8, ...options }: EarlyStoppingOptions = {}): Callback {
  const monitor = new Monitor(options);
  let waited = 0;
  return {
    name: "EarlyStopping",
    onEpochEnd(report, run) {
      if (monitor.gains(monitor.read(report))) waited = 0;
      else if (++waited >= patience)
        run.stop(`${monitor.metric} has not gained for ${waited} epochs (best ${monitor.best ?? "none"})`);
    },
    state: () => ({ best: monitor.best, waited }),
    restore(state) {
      const saved = state as { best?: number; waited: number };
      monitor.best = saved.best;
      waited = saved.waited;
    },
  };
}
