import { initialState, type StateDict } from "../nn/index.js";
import { createRng, MattelierError, unknownName, type TensorData } from "../util/index.js";
import type { Batch, EvaluationDefinition, StepDefinition } from "./step-definition.js";
import { planDiagnosis } from "./step-diagnosis.js";
import { planEvaluation, planStep } from "./step-plan.js";
import {
  openRunner,
  type EvaluateOptions,
  type OpenSession,
  type RunnerInit,
  type StepResult,
  type StepRunner,
  type StepRunOptions,
} from "./step-runner.js";

/** A compiled training step: graph, weights, optimiser. */
export interface TrainStep<Names extends string = string, Evaluations extends string = string> {
  /**
   * Take a step on a batch, or on micro-batches whose gradients are averaged.
   * @throws MattelierError `not-finite` with the step, the learning rate and the first layer that made the number;
   *   the weights are as they were. `unknown-name` for outputs; as `Session.run` for batches that do not fit
   */
  step(batch: Batch<Names> | readonly Batch<Names>[], options?: StepRunOptions): Promise<StepResult>;
  /** Compute an evaluation of the definition with the weights as they are. */
  evaluate(name: Evaluations, batch: Batch, options?: EvaluateOptions): Promise<Record<string, TensorData>>;
  /** The model's state dict, or with `average` its moving average. In this thread views that steps go on changing. */
  modelState(options?: { readonly average?: boolean }): Promise<StateDict>;
  optimiserState(): Promise<StateDict>;
  /** Go on from saved states. */
  restore(states: { readonly model?: StateDict; readonly optimiser?: StateDict }): Promise<void>;
  /** Paths of trained parameters, in order. */
  readonly trained: readonly string[];
  /** Parameters that the loss does not depend on. */
  readonly unreached: readonly string[];
  /** Free sessions (and the thread, if there is one). */
  dispose(): Promise<void>;
}

export interface CompileOptions {
  /** Where to run: {@link here}, or a thread of its own. */
  readonly runner: (init: RunnerInit) => Promise<StepRunner>;
  /** Of the first weights and of dropout. */
  readonly seed: number;
  /** Weights to begin with. Default: fresh ones. */
  readonly state?: StateDict | undefined;
}

/** Run in this thread, on sessions that `open` makes. */
export const here =
  (open: OpenSession): CompileOptions["runner"] =>
  (init) =>
    openRunner(init, open);

/**
 * Compile a model, a loss and an optimiser into one training graph, and open it.
 * @throws MattelierError as {@link planStep} and the runner do
 */
export async function compileTrainStep<Names extends string, Evaluations extends string = never>(
  definition: StepDefinition<Names> & {
    readonly evaluations?: Readonly<Record<Evaluations, EvaluationDefinition>>;
  },
  { runner, seed, state }: CompileOptions,
): Promise<TrainStep<Names, Evaluations>> {
  const { model, evaluations = {}, companions = {} } = definition;
  const plan = planStep(definition);
  const running = await runner({
    plan,
    evaluations: Object.fromEntries(
      Object.entries<EvaluationDefinition>(evaluations).map(([name, one]) => [
        name,
        planEvaluation(model, one),
      ]),
    ),
    state: state ?? initialState(model, createRng(seed).fork("initial state")),
    companions: Object.fromEntries(Object.entries(companions).map(([name, { weights }]) => [name, weights])),
    seed,
  });
  const known = Object.keys(plan.outputs);

  return {
    trained: plan.layout.spans.map(({ path }) => path),
    unreached: plan.unreached,
    async step(batch, options = {}) {
      for (const name of options.fetch ?? [])
        if (!known.includes(name)) throw unknownName("output of the objective", name, known);
      const result = await running.run(isList(batch) ? batch : [batch], options);
      if (!("notFinite" in result)) return result;
      throw new MattelierError({
        code: "not-finite",
        where: `training step ${result.step} (learning rate ${result.lr})`,
        expected: "a finite loss",
        got: `${result.loss}, first in ${(await running.diagnose(planDiagnosis(definition))) ?? "the loss"}`,
        fix: "lower the learning rate, clip the gradient (clipNorm), or look for such numbers in the data",
      });
    },
    evaluate(name, batch, options = {}) {
      const names = Object.keys(evaluations);
      if (!names.includes(name)) throw unknownName("evaluation", name, names);
      return running.evaluate(name, batch, options);
    },
    modelState: (options = {}) => running.modelState(options),
    optimiserState: () => running.optimiserState(),
    restore: (states) => running.restore(states),
    dispose: () => running.dispose(),
  };
}

function isList<T>(batch: T | readonly T[]): batch is readonly T[] {
  return Array.isArray(batch);
}
