import type { StateDict } from "../nn/index.js";
import type { StepOptions } from "../optim/index.js";
import type { TensorData } from "../util/index.js";
import type { Batch } from "./step-definition.js";
import type { DiagnosisPlan } from "./step-diagnosis.js";
import type { GraphPlan, StepPlan } from "./step-plan.js";

export interface StepRunOptions extends StepOptions {
  /** Outputs of the objective to fetch, by name. Those of the last micro-batch are given. */
  readonly fetch?: readonly string[] | undefined;
}

export interface StepResult {
  /** Mean over micro-batches. */
  readonly loss: number;
  /** Steps taken, this one included. */
  readonly step: number;
  /** L2 norm of the gradient before clipping, with `clipNorm`. */
  readonly gradientNorm: number | undefined;
  readonly outputs: Readonly<Record<string, TensorData>>;
}

/** A step that was not taken, since its loss or its gradient is not finite. The model's state is as it was. */
export interface NotFinite {
  readonly notFinite: "loss" | "gradient";
  readonly value: number;
  /** The step that was tried, counted from 1. */
  readonly step: number;
  readonly lr: number;
  /** Of a gradient: the first parameter whose own is not finite. */
  readonly parameter?: string | undefined;
}

export interface EvaluateOptions {
  /** Evaluate the moving average of the weights. Default false. */
  readonly average?: boolean | undefined;
  /** Outputs to fetch, by name. Default: all. */
  readonly fetch?: readonly string[] | undefined;
}

/** What to run, and with what to begin. Plain data. */
export interface RunnerInit {
  readonly plan: StepPlan;
  readonly evaluations: Readonly<Record<string, GraphPlan>>;
  /** Of the whole model. */
  readonly state: StateDict;
  readonly companions: Readonly<Record<string, StateDict | "average">>;
  /** Of the masks that dropout draws. */
  readonly seed: number;
}

/** States to go on from. */
export interface SavedStates {
  readonly model?: StateDict | undefined;
  readonly optimiser?: StateDict | undefined;
}

/** Runs a compiled step, in this thread or in another. One call at a time. */
export interface StepRunner {
  run(microBatches: readonly Batch[], options: StepRunOptions): Promise<StepResult | NotFinite>;
  evaluate(name: string, batch: Batch, options: EvaluateOptions): Promise<Record<string, TensorData>>;
  /** Run a diagnosis on what the last step that was {@link NotFinite} was fed with. */
  diagnose(plan: DiagnosisPlan): Promise<string | undefined>;
  modelState(options: { readonly average?: boolean | undefined }): Promise<StateDict>;
  optimiserState(): Promise<StateDict>;
  restore(states: SavedStates): Promise<void>;
  dispose(): Promise<void>;
}
