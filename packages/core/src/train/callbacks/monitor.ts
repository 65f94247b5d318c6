import { unknownName } from "../../util/index.js";
import type { EpochReport } from "./callback.js";

export interface MonitorOptions {
  /** The metric to watch: `val_loss` (default), `val_iou`, ... */
  readonly monitor?: string | undefined;
  /** Whether lower or higher is better. Default: higher for the overlaps, lower for anything else. */
  readonly mode?: "min" | "max" | undefined;
  /** A change smaller than this is no gain. Default 0. */
  readonly minDelta?: number | undefined;
}

/** Overlaps and scores grow; losses and errors fall. */
const GROWS = /(^|_)(iou|dice|precision|recall|f_measure|s_measure|e_measure|accuracy)$/;

/** The best value of a metric so far, and whether a new one beats it. */
export class Monitor {
  readonly metric: string;
  readonly mode: "min" | "max";
  readonly #minDelta: number;
  #best: number | undefined;

  constructor({ monitor = "val_loss", mode, minDelta = 0 }: MonitorOptions = {}) {
    this.metric = monitor;
    this.mode = mode ?? (GROWS.test(monitor) ? "max" : "min");
    this.#minDelta = minDelta;
  }

  get best(): number | undefined {
    return this.#best;
  }

  set best(value: number | undefined) {
    this.#best = value;
  }

  /**
   * The metric of a report.
   * @throws MattelierError `unknown-name`, suggesting the nearest
   */
  read({ metrics }: EpochReport): number {
    const value = metrics[this.metric];
    if (value === undefined) throw unknownName("metric", this.metric, Object.keys(metrics));
    return value;
  }

  /** Take note of a value. @returns whether it is better than the best by more than `minDelta`. One that is not finite never is. */
  gains(value: number): boolean {
    const best = this.#best;
    const better =
      best === undefined
        ? Number.isFinite(value)
        : this.mode === "min"
          ? value < best - this.#minDelta
          : value > best + this.#minDelta;
    if (better) this.#best = value;
    return better;
  }
}
