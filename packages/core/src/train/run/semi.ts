import type { LoadedBatch, LoaderPosition, SamplePool } from "../../data/index.js";
import type { TensorData } from "../../util/index.js";
import type { TrainStep } from "../step.js";
import type { BatchFeeds } from "./feeds.js";
import type { RunState } from "./run-state.js";

/** How a run learns from photos without masks: what it adds to steps and to the training set. */
export interface Semi {
  /** What the labelled batches are drawn from. */
  readonly trainingPool: SamplePool;
  /** Whether pseudo-labels are to be made now, between two epochs. */
  roundIsDue(state: RunState): boolean;
  /** Make round `round` (from 0) of pseudo-labels with the weights as they are; `trainingPool` has them from then on. */
  makeRound(round: number, step: TrainStep): Promise<void>;
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
  roundIsDue: () => false,
  makeRound: () => Promise.resolve(),
  feeds: (batch) => Promise.resolve(feeds.labelled(batch)),
  emaDecay: () => undefined,
  position: undefined,
  dispose: () => Promise.resolve(),
});
