import type { EpochReport } from "../callbacks/index.js";

/** What a run tells whoever watches. */
export type TrainEvent =
  /** Before the first step: what the run consists of, in sentences for people. */
  | {
      readonly kind: "begin";
      readonly lines: readonly string[];
      /** How many at most; undefined where steps or time alone end the run. */
      readonly epochs: number | undefined;
      /** The metric whose best epoch is kept. */
      readonly monitor: string;
    }
  | {
      readonly kind: "step";
      readonly epoch: number;
      /** Batches done of the epoch, and of how many. */
      readonly done: number;
      readonly of: number;
      readonly step: number;
      readonly loss: number;
      readonly lr: number;
      readonly imagesPerSecond: number;
      /** Until the run ends, as far as can be told. */
      readonly leftMs: number;
    }
  | { readonly kind: "validate"; readonly epoch: number }
  /** Photos labelled so far, in a round of pseudo-labels (from 1). */
  | { readonly kind: "pseudo-label"; readonly round: number; readonly done: number; readonly of: number }
  | ({ readonly kind: "epoch"; readonly isBest: boolean; readonly imagesPerSecond: number } & EpochReport)
  /** Recipes of convolutions measured so far, before the first step. */
  | { readonly kind: "autotune"; readonly done: number; readonly total: number }
  | { readonly kind: "say"; readonly line: string };

export type OnTrainEvent = (event: TrainEvent) => void;

/** How a run came out. */
export interface RunResult {
  readonly folder: string;
  /** Why it ended; `interrupted` where it can be resumed. */
  readonly ended: string;
  readonly isInterrupted: boolean;
  /** Epochs that are over, with their metrics. */
  readonly epochs: readonly EpochReport[];
  readonly best: EpochReport | undefined;
}
