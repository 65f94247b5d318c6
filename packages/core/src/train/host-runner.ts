import type { StateDict } from "../nn/index.js";
import type { StepOptions, StepReport } from "../optim/index.js";
import type { Session } from "../runtime/session.js";
import { freeArrays } from "../runtime/transfer.js";
import { createRng, internalError, MattelierError, type Rng, type TensorData } from "../util/index.js";
import { drawMasks } from "./masks.js";
import type { Batch } from "./step-definition.js";
import type { DiagnosisPlan } from "./step-diagnosis.js";
import type { GraphPlan, HostPlan } from "./step-plan.js";
import type {
  EvaluateOptions,
  NotFinite,
  RunnerInit,
  SavedStates,
  StepResult,
  StepRunner,
  StepRunOptions,
} from "./step-runner.js";
import { StepState } from "./step-state.js";

/** Opens a graph for running: an adapter of `runtime`, with its options. */
export type OpenSession = (model: Uint8Array) => Promise<Session>;

/** Opens several sessions of a graph, each in a thread of its own. */
export type OpenReplicas = (model: Uint8Array) => Promise<readonly Session[]>;

/**
 * Run a step whose weights and optimiser lie in this thread's memory, on sessions that `openSession` makes.
 * @param openReplicas opens the training graph as often as micro-batches are to run side by side. Default: once
 */
export async function openHostRunner(
  { plan, ...init }: RunnerInit,
  openSession: OpenSession,
  openReplicas: OpenReplicas = async (model) => [await openSession(model)],
): Promise<StepRunner> {
  if (plan.optimiserIn !== "host")
    throw internalError("training step", "a plan for the host", plan.optimiserIn);
  const state = new StepState(plan, init);
  return new HostRunner({ ...init, plan }, state, await openReplicas(plan.model), openSession);
}

interface HostInit extends RunnerInit {
  readonly plan: HostPlan;
}

/** A micro-batch gone through. */
interface Pass {
  readonly feeds: Readonly<Record<string, TensorData>>;
  readonly results: Readonly<Record<string, TensorData>>;
  readonly isLast: boolean;
}

class HostRunner implements StepRunner {
  readonly #plan: HostPlan;
  readonly #evaluations: Readonly<Record<string, GraphPlan>>;
  readonly #state: StepState;
  readonly #replicas: readonly Session[];
  readonly #openSession: OpenSession;
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #weights: Readonly<Record<string, TensorData>>;
  readonly #rng: Rng;
  #failed: Readonly<Record<string, TensorData>> | undefined;

  constructor(init: HostInit, state: StepState, replicas: readonly Session[], openSession: OpenSession) {
    this.#plan = init.plan;
    this.#evaluations = init.evaluations;
    this.#state = state;
    this.#replicas = replicas;
    this.#openSession = openSession;
    this.#weights = state.feeds(init.plan.weights);
    this.#rng = createRng(init.seed);
  }

  async run(microBatches: readonly Batch[], options: StepRunOptions): Promise<StepResult | NotFinite> {
    try {
      return await this.#take(microBatches, options);
    } finally {
      this.#state.optimiser.discard();
    }
  }

  async #take(
    microBatches: readonly Batch[],
    { fetch = [], ...settings }: StepRunOptions,
  ): Promise<StepResult | NotFinite> {
    const { optimiser } = this.#state;
    const { statistics, loss: lossName, gradients } = this.#plan;
    const fetched = named(this.#plan, fetch);
    const failure = { step: optimiser.step + 1, lr: settings.lr ?? optimiser.spec.lr };
    const seen: Float32Array[] = [];
    let sum = 0;
    for await (const { feeds, results, isLast } of this.#passes(microBatches, Object.values(fetched))) {
      const loss = (results[lossName]!.data as Float32Array)[0]!;
      if (!Number.isFinite(loss)) {
        this.#failed = feeds;
        return { ...failure, notFinite: "loss", value: loss };
      }
      sum += loss;
      if (statistics !== undefined) seen.push(results[statistics.output]!.data as Float32Array);
      const gradient = gradients.map((name) => results[name]!.data as Float32Array);
      if (!isLast) {
        optimiser.accumulate(gradient);
        freeArrays(gradient);
        continue;
      }
      const outputs = Object.fromEntries(Object.entries(fetched).map(([name, key]) => [name, results[key]!]));
      const report = this.#update(gradient, settings);
      if (report === undefined)
        return { ...failure, notFinite: "gradient", value: NaN, parameter: this.#firstNotFinite(gradient) };
      freeArrays(gradient);
      const { gradientNorm } = report;
      this.#state.follow(seen, microBatches.length);
      return { loss: sum / microBatches.length, step: optimiser.step, gradientNorm, outputs };
    }
    throw internalError("training step", "at least one batch", "none");
  }

  /** Forward and backward pass of each micro-batch, in their order, as many side by side as there are replicas. */
  async *#passes(microBatches: readonly Batch[], fetched: readonly string[]): AsyncGenerator<Pass> {
    const { step } = this.#state.optimiser;
    for (let from = 0; from < microBatches.length; from += this.#replicas.length) {
      const group = microBatches.slice(from, from + this.#replicas.length).map((batch, j) => {
        const microBatch = from + j;
        const drawn = drawMasks(this.#plan.masks, this.#rng, { step, microBatch });
        return {
          feeds: { ...this.#weights, ...batch, ...drawn },
          isLast: microBatch === microBatches.length - 1,
        };
      });
      yield* await Promise.all(
        group.map(async (one, j) => ({
          ...one,
          results: await this.#pass(this.#replicas[j]!, one.feeds, one.isLast ? fetched : []),
        })),
      );
    }
  }

  /** Undefined where the gradient is not finite. */
  #update(gradient: readonly Float32Array[], options: StepOptions): StepReport | undefined {
    try {
      return this.#state.optimiser.update(gradient, options);
    } catch (error) {
      if (error instanceof MattelierError && error.code === "not-finite") return undefined;
      throw error;
    }
  }

  #firstNotFinite(gradient: readonly Float32Array[]): string | undefined {
    const first = gradient.findIndex((part) => !part.every(Number.isFinite));
    return this.#plan.layout.spans[first]?.path;
  }

  async evaluate(name: string, batch: Batch, options: EvaluateOptions): Promise<Record<string, TensorData>> {
    const plan = this.#evaluations[name]!;
    const session = await this.#sessionOf(name, plan.model);
    const fetched = named(plan, options.fetch ?? Object.keys(plan.outputs));
    const weights = this.#state.feeds(plan.weights, { average: options.average === true });
    const results = await session.run({ ...weights, ...batch }, { outputs: Object.values(fetched) });
    return Object.fromEntries(Object.entries(fetched).map(([key, output]) => [key, results[output]!]));
  }

  async diagnose(plan: DiagnosisPlan): Promise<string | undefined> {
    const feeds = this.#failed ?? {};
    for (const [name, { dtype, data }] of Object.entries(feeds))
      if (dtype === "float32" && !(data as Float32Array).every(Number.isFinite)) return name;
    const session = await this.#openSession(plan.model);
    try {
      const { [plan.output]: flags } = await session.run(feeds);
      const first = (flags!.data as Float32Array).findIndex(Number.isNaN);
      return plan.places[first];
    } finally {
      await session.dispose();
    }
  }

  modelState({ average = false }: { readonly average?: boolean | undefined }): Promise<StateDict> {
    return Promise.resolve(copyOf(this.#state.state({ average })));
  }

  optimiserState(): Promise<StateDict> {
    return Promise.resolve(copyOf(this.#state.optimiser.state()));
  }

  restore({ model, optimiser }: SavedStates): Promise<void> {
    if (model !== undefined) this.#state.restore(model);
    if (optimiser !== undefined) this.#state.optimiser.restore(optimiser);
    return Promise.resolve();
  }

  async dispose(): Promise<void> {
    const opened = await Promise.all(this.#sessions.values());
    await Promise.all([...this.#replicas, ...opened].map((session) => session.dispose()));
  }

  #pass(
    session: Session,
    feeds: Readonly<Record<string, TensorData>>,
    fetched: readonly string[],
  ): Promise<Record<string, TensorData>> {
    const { loss, gradients, statistics } = this.#plan;
    const outputs = [
      loss,
      ...gradients,
      ...(statistics === undefined ? [] : [statistics.output]),
      ...fetched,
    ];
    return session.run(feeds, { outputs: [...new Set(outputs)] });
  }

  #sessionOf(name: string, model: Uint8Array): Promise<Session> {
    const known = this.#sessions.get(name);
    if (known !== undefined) return known;
    const opening = this.#openSession(model);
    this.#sessions.set(name, opening);
    return opening;
  }
}

/** The graph's names of outputs asked for. */
function named(plan: GraphPlan, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, plan.outputs[name]!]));
}

function copyOf(state: StateDict): StateDict {
  return new Map(Array.from(state, ([path, data]) => [path, { ...data, data: data.data.slice() }]));
}
