import { loadState, initialState, type StateDict } from "../nn/index.js";
import { disposedError } from "../runtime/aborted.js";
import type { Device } from "../runtime/device.js";
import { checkFeeds } from "../runtime/check-feeds.js";
import { SerialQueue } from "../runtime/serial-queue.js";
import type { TensorInfo } from "../runtime/session.js";
import { createRng, MattelierError, unknownName, type TensorData } from "../util/index.js";
import { openHostRunner, type OpenSession } from "./host-runner.js";
import type { Batch, EvaluationDefinition, StepDefinition } from "./step-definition.js";
import { planDiagnosis } from "./step-diagnosis.js";
import { openGraphRunner } from "./graph-runner.js";
import { planEvaluation, planStep, type StepPlan } from "./step-plan.js";
import type {
  EvaluateOptions,
  NotFinite,
  RunnerInit,
  SavedStates,
  StepResult,
  StepRunner,
  StepRunOptions,
} from "./step-runner.js";

/** A compiled training step: graph, weights, optimiser. Calls are taken one after the other, in their order. */
export interface TrainStep<Names extends string = string, Evaluations extends string = string> {
  /**
   * Take a step on a batch, or on micro-batches whose gradients are averaged.
   * @throws MattelierError `not-finite` with the step, the learning rate and the first layer that made the number;
   *   the model's state is as it was. `unknown-name` for outputs; `shape-mismatch`, `dtype-mismatch` and the like
   *   for batches that do not fit
   */
  step(batch: Batch<Names> | readonly Batch<Names>[], options?: StepRunOptions): Promise<StepResult>;
  /** Compute an evaluation of the definition with the weights as they are. */
  evaluate(name: Evaluations, batch: Batch, options?: EvaluateOptions): Promise<Record<string, TensorData>>;
  /** The model's state dict (a copy), or with `average` its moving average. */
  modelState(options?: { readonly average?: boolean | undefined }): Promise<StateDict>;
  /** What the optimiser remembers (a copy): `step`, and `<slot>/<path>` for every trained parameter. */
  optimiserState(): Promise<StateDict>;
  /**
   * Go on from saved states. Restoring the model alone starts the moving average anew from it.
   * @throws MattelierError `invalid-data` for a state that is not of this model, or of this optimiser
   */
  restore(states: SavedStates): Promise<void>;
  /** Paths of trained parameters, in order. */
  readonly trained: readonly string[];
  /** Parameters that are not frozen and that the loss does not depend on. */
  readonly unreached: readonly string[];
  /** Free sessions (and the thread, if there is one). */
  dispose(): Promise<void>;
}

/** Where a step runs, and so where its weights lie. */
export interface StepHost {
  /** `host`: weights in this machine's memory, moved by arrays. `graph`: on the device, moved by the graph. */
  readonly optimiserIn: "host" | "graph";
  readonly open: (init: RunnerInit) => Promise<StepRunner>;
}

export interface CompileOptions {
  /** {@link here}, {@link onDevice}, or a thread of its own. */
  readonly runner: StepHost;
  /** Of the first weights and of dropout. */
  readonly seed: number;
  /** Weights to begin with, complete (see `loadState`). Default: fresh ones. */
  readonly state?: StateDict | undefined;
}

/** Run in this thread, on sessions that `open` makes; weights on the host. */
export const here = (open: OpenSession): StepHost => ({
  optimiserIn: "host",
  open: (init) => openHostRunner(init, open),
});

/** Run in this thread, weights and optimiser on a device. The step owns the device. */
export const onDevice = (open: () => Device): StepHost => ({
  optimiserIn: "graph",
  open: (init) => openGraphRunner(init, open()),
});

/**
 * Compile a model, a loss and an optimiser into one training graph, and open it.
 * @throws MattelierError as {@link planStep} and the runner do; `invalid-data` for a state that is not of this model
 */
export async function compileTrainStep<Names extends string, Evaluations extends string = never>(
  definition: StepDefinition<Names> & {
    readonly evaluations?: Readonly<Record<Evaluations, EvaluationDefinition>> | undefined;
  },
  { runner, seed, state }: CompileOptions,
): Promise<TrainStep<Names, Evaluations>> {
  const { model, companions = {}, evaluations = {}, lowering } = definition;
  const fresh = initialState(model, createRng(seed).fork("initial state"));
  const plan = planStep(definition, runner.optimiserIn);
  const plans = Object.entries<EvaluationDefinition>(evaluations).map(
    ([name, one]) => [name, planEvaluation(model, one, lowering)] as const,
  );
  const running = await runner.open({
    plan,
    evaluations: Object.fromEntries(plans),
    state: state === undefined ? fresh : loadState(model, { state: fresh, from: state }).state,
    companions: Object.fromEntries(Object.entries(companions).map(([name, { weights }]) => [name, weights])),
    seed,
  });
  const evaluated = plans.map(([name, { outputs }]) => [name, Object.keys(outputs)] as const);
  return new CompiledStep(definition, running, { plan, evaluated: Object.fromEntries(evaluated) });
}

/** Checks what it is given, and hands it to the runner. */
class CompiledStep<Names extends string, Evaluations extends string> implements TrainStep<
  Names,
  Evaluations
> {
  readonly trained: readonly string[];
  readonly unreached: readonly string[];
  readonly #definition: StepDefinition<Names>;
  readonly #running: StepRunner;
  readonly #outputs: readonly string[];
  /** Outputs of each evaluation. */
  readonly #evaluated: Readonly<Record<string, readonly string[]>>;
  readonly #queue = new SerialQueue("training step");
  #disposal: Promise<void> | undefined;

  constructor(
    definition: StepDefinition<Names>,
    running: StepRunner,
    { plan, evaluated }: { plan: StepPlan; evaluated: Readonly<Record<string, readonly string[]>> },
  ) {
    this.#evaluated = evaluated;
    this.trained = plan.layout.spans.map(({ path }) => path);
    this.unreached = plan.unreached;
    this.#definition = definition;
    this.#running = running;
    this.#outputs = Object.keys(plan.outputs);
  }

  async step(
    batch: Batch<Names> | readonly Batch<Names>[],
    options: StepRunOptions = {},
  ): Promise<StepResult> {
    const batches = isList(batch) ? batch : [batch];
    if (batches.length === 0) throw noBatch();
    for (const name of options.fetch ?? [])
      if (!this.#outputs.includes(name)) throw unknownName("output of the objective", name, this.#outputs);
    for (const one of batches) checkFeeds(infosOf(this.#definition), one, "training step");
    return this.#queue.add(async () => {
      const result = await this.#running.run(batches, options);
      if ("notFinite" in result) throw await this.#notFinite(result);
      return result;
    });
  }

  async evaluate(
    name: Evaluations,
    batch: Batch,
    options: EvaluateOptions = {},
  ): Promise<Record<string, TensorData>> {
    const { evaluations = {} } = this.#definition;
    const evaluation = evaluations[name];
    if (evaluation === undefined) throw unknownName("evaluation", name, Object.keys(evaluations));
    checkFeeds(infosOf(evaluation), batch, `evaluation ${name}`);
    const outputs = this.#evaluated[name]!;
    for (const output of options.fetch ?? [])
      if (!outputs.includes(output)) throw unknownName(`output of evaluation ${name}`, output, outputs);
    if (options.average === true) this.#requireAverage();
    return this.#queue.add(() => this.#running.evaluate(name, batch, options));
  }

  async modelState(options: { readonly average?: boolean | undefined } = {}): Promise<StateDict> {
    if (options.average === true) this.#requireAverage();
    return this.#queue.add(() => this.#running.modelState(options));
  }

  optimiserState(): Promise<StateDict> {
    return this.#queue.add(() => this.#running.optimiserState());
  }

  async restore({ model, optimiser }: SavedStates): Promise<void> {
    const checked =
      model && loadState(this.#definition.model, { state: model, from: model }, { partial: false }).state;
    return this.#queue.add(() => this.#running.restore({ model: checked, optimiser }));
  }

  dispose(): Promise<void> {
    return (this.#disposal ??= this.#queue
      .close(disposedError("training step"))
      .then(() => this.#running.dispose()));
  }

  #requireAverage(): void {
    if (this.#definition.options?.emaDecay === undefined) throw noAverage();
  }

  async #notFinite(failure: NotFinite): Promise<MattelierError> {
    const { notFinite, value, step, lr } = failure;
    const place =
      notFinite === "loss"
        ? await this.#running.diagnose(planDiagnosis(this.#definition))
        : failure.parameter;
    return new MattelierError({
      code: "not-finite",
      where: `training step ${step} (learning rate ${lr})`,
      expected: `a finite ${notFinite}`,
      got: `${value}, first in ${place ?? `the ${notFinite}`}`,
      fix: "lower the learning rate, clip the gradient (clipNorm), or look for such numbers in the data",
    });
  }
}

/** What a definition takes. */
function infosOf({ inputs }: Pick<StepDefinition, "inputs">): TensorInfo[] {
  return Object.entries(inputs).map(([name, { shape, dtype = "float32" }]) => ({ name, shape, dtype }));
}

function noAverage(): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: "training step",
    expected: "a moving average of the weights",
    got: "a step without one",
    fix: "set options.emaDecay, such as 0.999",
  });
}

function noBatch(): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: "training step",
    expected: "a batch, or micro-batches in an array",
    got: "an empty array",
  });
}

function isList<T>(batch: T | readonly T[]): batch is readonly T[] {
  return Array.isArray(batch);
}
