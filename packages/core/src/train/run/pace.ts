import type { RunClock } from "./clock.js";
import { shownDuration } from "./config/duration.js";
import { learningRate } from "./learning-rate.js";
import type { ResolvedConfig } from "./config/resolve-config.js";
import type { RunState } from "./record/run-state.js";

/** Where time alone ends a run: schedules that stretch over it go by its share, whatever the number. */
const MANY_STEPS = 1e6;

/** How far a run has come, where it ends, and what its learning rate is until then. */
export class Pace {
  readonly #config: ResolvedConfig;
  readonly #state: RunState;
  readonly #clock: RunClock;

  constructor(config: ResolvedConfig, state: RunState, clock: RunClock) {
    this.#config = config;
    this.#state = state;
    this.#clock = clock;
  }

  /** Why the run ends where it stands: a callback wants it, or a limit is reached. Undefined where it goes on. */
  ending(): string | undefined {
    const { epochs, steps, timeBudgetMs } = this.#config;
    const { position, step, stop } = this.#state;
    if (stop !== undefined) return stop;
    if (steps !== undefined && step >= steps) return `${steps} steps`;
    if (step > 0 && this.#clock.elapsedMs >= timeBudgetMs)
      return `the time budget of ${shownDuration(timeBudgetMs)}`;
    return position.epoch >= epochs ? `${epochs} epochs` : undefined;
  }

  /** The learning rate's factor at the next step, and the momentum where the schedule has a say in it. */
  rate(perEpoch: number): ReturnType<ReturnType<typeof learningRate>> {
    const { epochs, accumulate, steps = Infinity } = this.#config;
    const anEpoch = Math.ceil(perEpoch / accumulate);
    const limit = Math.min(steps, epochs * anEpoch);
    const planned = limit === Infinity ? MANY_STEPS : limit;
    return learningRate(this.#config, { steps: planned, epochs: planned / anEpoch })({
      step: this.#state.step,
      epoch: this.#state.position.epoch,
      share: this.share(perEpoch),
    });
  }

  /** Epochs gone through, the one under way in part. */
  epochsDone(perEpoch: number): number {
    const { epoch, index } = this.#state.position;
    return epoch + index / perEpoch;
  }

  /** Share of the run that is over, by whichever limit is the nearest, in [0, 1]. */
  share(perEpoch: number): number {
    const byTime = this.#clock.elapsedMs / this.#config.timeBudgetMs;
    return Math.min(1, Math.max(this.#shareOfWork(perEpoch), byTime));
  }

  /** Until the run ends, as far as can be told. */
  leftMs(perEpoch: number): number {
    const { timeBudgetMs } = this.#config;
    const { elapsedMs } = this.#clock;
    const share = this.#shareOfWork(perEpoch);
    return Math.min((elapsedMs / share) * (1 - share), Math.max(0, timeBudgetMs - elapsedMs));
  }

  #shareOfWork(perEpoch: number): number {
    const { epochs, steps = Infinity } = this.#config;
    return Math.max(this.epochsDone(perEpoch) / epochs, this.#state.step / steps);
  }
}
