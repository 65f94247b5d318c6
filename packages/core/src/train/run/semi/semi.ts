import type { LoadedBatch, LoaderPosition, SamplePool } from "../../../data/index.js";
import type { TensorData } from "../../../util/index.js";
import type { TrainStep } from "../../step.js";
import type { BatchFeeds } from "../feeds.js";
import type { RunState } from "../record/run-state.js";

/** Who waits for a round of pseudo-labels. */
export interface RoundWatch {
  readonly signal: AbortSignal | undefined;
  /** Photos labelled so far, of how many. */
  readonly onProgress: (progress: { readonly done: number; readonly of: number }) => void;
}

/** Rounds of pseudo-labels, between epochs. */
export interface Rounds {
  readonly planned: number;
  /** @param share of the run that is over */
  isDue(state: RunState, share: number): boolean;
  /**
   * Make round `round` (from 0) with the weights as they are; `trainingPool` has its labels from then on.
   * @returns false when it was interrupted, to be made again
   */
  make(round: number, step: TrainStep, watch: RoundWatch): Promise<boolean>;
}

/** How a run learns from photos without masks: what it adds to steps and to the training set. */
export interface Semi {
  /** What the labelled batches are drawn from. */
  readonly trainingPool: SamplePool;
  /** Where the training set grows. */
  readonly rounds?: Rounds;
  /** Inputs of a (micro-)batch. @param epochsDone in part */
  feeds(batch: LoadedBatch, epochsDone: number): Promise<Record<string, TensorData>>;
  /** Decay of the weights' average at this step; undefined leaves it to the configuration. */
  emaDecay(when: { readonly epochsDone: number; readonly isLastOfEpoch: boolean }): number | undefined;
  /** Where the loader of unlabelled photos stands. */
  readonly position: LoaderPosition | undefined;
  dispose(): Promise<void>;
}

/** Labels alone. */
export const supervised = (trainingPool: SamplePool, feeds: BatchFeeds): Semi => ({
  trainingPool,
  feeds: (batch) => Promise.resolve(feeds.labelled(batch)),
  emaDecay: () => undefined,
  position: undefined,
  dispose: () => Promise.resolve(),
});
