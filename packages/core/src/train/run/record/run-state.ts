import * as z from "zod";

const position = z.object({ epoch: z.int().min(0), index: z.int().min(0) });

/** Where a run stands, but for the weights and what the optimiser remembers. */
export const runStateSchema = z.object({
  version: z.literal(1),
  /** The batch that comes next: epochs and batches count from 0. */
  position,
  /** Of the unlabelled photos, where they are loaded apart. */
  unlabelled: position.optional(),
  /** Optimiser steps taken. */
  step: z.int().min(0),
  /** Of the epoch under way. */
  lossSum: z.number(),
  lossCount: z.int().min(0),
  /** What callbacks have multiplied the learning rate by. */
  lrFactor: z.number().positive(),
  /** The last step's learning rate. */
  lr: z.number().min(0).default(0),
  elapsedMs: z.number().min(0),
  /** Rounds of pseudo-labels made. */
  rounds: z.int().min(0),
  /** When the last of them was made, and how much of the run was over then. */
  lastRound: z.object({ epoch: z.int().min(0), share: z.number().min(0).max(1) }).optional(),
  /** The epoch, from 1, whose weights are kept as best. */
  best: z.int().min(1).optional(),
  callbacks: z.record(z.string(), z.unknown()),
  /** Why a callback wants the run to end with this epoch. */
  stop: z.string().optional(),
  /** Why the run has ended, once it has. */
  ended: z.string().optional(),
});

export type RunState = z.output<typeof runStateSchema>;

export const initialRunState = (): RunState => ({
  version: 1,
  position: { epoch: 0, index: 0 },
  step: 0,
  lossSum: 0,
  lossCount: 0,
  lrFactor: 1,
  lr: 0,
  elapsedMs: 0,
  rounds: 0,
  callbacks: {},
});

/** Whether an epoch's steps are all taken and nothing is measured yet: a break came between the two. */
const awaitsMeasuring = ({ lossCount, position }: RunState): boolean => position.index === 0 && lossCount > 0;

/** How many epochs have been measured. */
export const epochsMeasured = (state: RunState): number =>
  state.position.epoch - (awaitsMeasuring(state) ? 1 : 0);
