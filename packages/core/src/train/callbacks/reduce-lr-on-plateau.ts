import { reduceOnPlateau, type PlateauState } from "../../optim/index.js";
import type { Callback } from "./callback.js";
import { Monitor, type MonitorOptions } from "./monitor.js";

export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by. Default 0.1. */
  readonly factor?: number | undefined;
  /** Epochs without a gain that are let pass. Default 4. */
  readonly patience?: number | undefined;
  /** Epochs after a reduction during which nothing counts as bad. Default 0. */
  readonly cooldown?: number | undefined;
  /** The least factor that the rate may come to, of what it was at the start. Default 0. */
  readonly minFactor?: number | undefined;
}

/** Lowers the learning rate when a metric has stopped getting better (PyTorch's `ReduceLROnPlateau`). */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  const { patience = 4, factor = 0.1, cooldown = 0, minFactor = 0, minDelta = 1e-4 } = options;
  const monitor = new Monitor(options);
  const settings = { mode: monitor.mode, factor, patience, cooldown, minLr: minFactor, threshold: minDelta };
  const start = (from: number | PlateauState) =>
    reduceOnPlateau(from, { ...settings, thresholdMode: "absolute" });
  let plateau = start(1);
  return {
    name: "ReduceLROnPlateau",
    onEpochEnd(report, run) {
      const before = plateau.lr;
      if (!plateau.observe(monitor.read(report))) return;
      run.scaleLearningRate(plateau.lr / before);
      run.say(`${monitor.metric} has stopped gaining: learning rate × ${factor}`);
    },
    // JSON has no infinity, which is the best value before the first epoch.
    state: () => ({
      ...plateau.state,
      best: Number.isFinite(plateau.state.best) ? plateau.state.best : null,
    }),
    restore(state) {
      const saved = state as Omit<PlateauState, "best"> & { best: number | null };
      plateau = start({ ...saved, best: saved.best ?? start(1).state.best });
    },
  };
}
