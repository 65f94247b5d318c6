/** What an epoch came to. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Optimiser steps taken since the run began. */
  readonly step: number;
  /** `loss`, `lr`, and of the validation `val_loss`, `val_iou`, ... */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What an optimiser step came to. */
export interface StepReport {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly lr: number;
}

/** What a callback may do to the run that it watches, after a step. */
export interface StepControls {
  /** End the run: after a step, when the epoch so far has been measured; after an epoch, when its callbacks are through. */
  stop(reason: string): void;
  /** Multiply the learning rate from the next step on. @throws MattelierError `invalid-argument` for a factor not above 0 */
  scaleLearningRate(factor: number): void;
  /** A line for the person who watches. */
  say(line: string): void;
}

/** What it may do after an epoch. */
export interface RunControls extends StepControls {
  /** Save the weights as they are as the run's best. */
  keepAsBest(): void;
}

/**
 * Watches a training run and steers it. What it remembers from epoch to epoch it gives and takes as JSON, so that a
 * resumed run goes on as an unbroken one would.
 */
export interface Callback {
  readonly name: string;
  onStepEnd?(report: StepReport, run: StepControls): void | Promise<void>;
  onEpochEnd?(report: EpochReport, run: RunControls): void | Promise<void>;
  onRunEnd?(report: EpochReport | undefined): void | Promise<void>;
  state?(): unknown;
  restore?(state: unknown): void;
}
