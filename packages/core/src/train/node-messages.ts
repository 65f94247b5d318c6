import type { PlainNodeOptions } from "../runtime/node-options.js";
import type { ErrorFacts } from "../util/index.js";
import type { RunnerInit, StepRunner } from "./step-runner.js";

/** Of the sessions that a step's thread opens. */
export interface ThreadOptions extends PlainNodeOptions {
  /** Copies of the training graph that take micro-batches side by side and share `threads`. Default 1. */
  readonly replicas?: number | undefined;
}

/** What a step's thread can be asked for: to open the step, then the methods of its runner. */
export interface StepCalls {
  readonly open: { readonly args: [RunnerInit, ThreadOptions]; readonly value: undefined };
  readonly run: CallOf<"run">;
  readonly evaluate: CallOf<"evaluate">;
  readonly diagnose: CallOf<"diagnose">;
  readonly modelState: CallOf<"modelState">;
  readonly optimiserState: CallOf<"optimiserState">;
  readonly restore: CallOf<"restore">;
  readonly dispose: CallOf<"dispose">;
}

interface CallOf<K extends keyof StepRunner> {
  readonly args: Parameters<StepRunner[K]>;
  readonly value: Awaited<ReturnType<StepRunner[K]>>;
}

export type StepMethod = keyof StepCalls;

/** To the thread. It answers each with one {@link StepAnswer}, in order. */
export type StepRequest = {
  [K in StepMethod]: { readonly method: K; readonly args: StepCalls[K]["args"] };
}[StepMethod];

export type StepAnswer =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "failed"; readonly facts: ErrorFacts };
