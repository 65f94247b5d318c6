import { drawKeepMask, type StateDict } from "../nn/index.js";
import type { StepOptions } from "../optim/index.js";
import type { Session } from "../runtime/session.js";
import { createRng, MattelierError, type Rng, type TensorData } from "../util/index.js";
import type { Batch } from "./step-definition.js";
import type { DiagnosisPlan } from "./step-diagnosis.js";
import type { GraphPlan, StepPlan } from "./step-plan.js";
import { StepState } from "./step-state.js";

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

/** A step that was not taken, since its loss is not finite: nothing of the weights has changed. */
export interface NotFinite {
  readonly notFinite: true;
  readonly loss: number;
  readonly step: number;
  readonly lr: number;
}

export interface EvaluateOptions {
  /** Evaluate the moving average of the weights. Default false. */
  readonly average?: boolean | undefined;
  readonly fetch?: readonly string[] | undefined;
}

/** What to run, and with what to begin. Plain data. */
export interface RunnerInit {
  readonly plan: StepPlan;
  readonly evaluations: Readonly<Record<string, GraphPlan>>;
  readonly state: StateDict;
  readonly companions: Readonly<Record<string, StateDict | "average">>;
  /** Of the masks that dropout draws. */
  readonly seed: number;
}

/** Runs a compiled step, in this thread or in another. */
export interface StepRunner {
  run(microBatches: readonly Batch[], options: StepRunOptions): Promise<StepResult | NotFinite>;
  evaluate(name: string, batch: Batch, options: EvaluateOptions): Promise<Record<string, TensorData>>;
  /** Run a diagnosis on what the last step that was {@link NotFinite} was fed with. */
  diagnose(plan: DiagnosisPlan): Promise<string | undefined>;
  modelState(options: { readonly average?: boolean | undefined }): Promise<StateDict>;
  optimiserState(): Promise<StateDict>;
  restore(states: { readonly model?: StateDict; readonly optimiser?: StateDict }): Promise<void>;
  dispose(): Promise<void>;
}

/** Opens a session for .onnx bytes. */
export type OpenSession = (model: Uint8Array) => Promise<Session>;

/** A runner in this thread. */
export async function openRunner(init: RunnerInit, openSession: OpenSession): Promise<StepRunner> {
  const state = new StepState(init.plan, init);
  return new HereRunner(init, state, await openSession(init.plan.model), openSession);
}

class HereRunner implements StepRunner {
  readonly #plan: StepPlan;
  readonly #evaluations: Readonly<Record<string, GraphPlan>>;
  readonly #state: StepState;
  readonly #session: Session;
  readonly #openSession: OpenSession;
  readonly #sessions = new Map<string, Promise<Session>>();
  readonly #weights: Readonly<Record<string, TensorData>>;
  readonly #rng: Rng;
  #failed: Readonly<Record<string, TensorData>> | undefined;

  constructor(init: RunnerInit, state: StepState, session: Session, openSession: OpenSession) {
    this.#plan = init.plan;
    this.#evaluations = init.evaluations;
    this.#state = state;
    this.#session = session;
    this.#openSession = openSession;
    this.#weights = state.feeds(init.plan.weights);
    this.#rng = createRng(init.seed);
  }

  async run(microBatches: readonly Batch[], options: StepRunOptions): Promise<StepResult | NotFinite> {
    const { fetch = [], ...settings } = options;
    const { optimiser } = this.#state;
    const fetched = named(this.#plan, fetch);
    let sum = 0;
    let outputs: Record<string, TensorData> = {};
    for (const [i, batch] of microBatches.entries()) {
      const last = i === microBatches.length - 1;
      const feeds = { ...this.#weights, ...batch, ...this.#masks(`${optimiser.step}.${i}`) };
      const results = await this.#pass(feeds, last ? Object.values(fetched) : []);
      const loss = (results[this.#plan.loss]!.data as Float32Array)[0]!;
      if (!Number.isFinite(loss)) {
        optimiser.discard();
        this.#failed = feeds;
        return { notFinite: true, loss, step: optimiser.step + 1, lr: settings.lr ?? optimiser.spec.lr };
      }
      sum += loss;
      const gradient = this.#plan.gradients.map((name) => results[name]!.data as Float32Array);
      const { statistics } = this.#plan;
      this.#state.follow(statistics && (results[statistics.output]!.data as Float32Array));
      if (last) {
        outputs = Object.fromEntries(Object.entries(fetched).map(([name, key]) => [name, results[key]!]));
        const gradientNorm = this.#state.update(gradient, settings);
        return { loss: sum / microBatches.length, step: optimiser.step, gradientNorm, outputs };
      }
      optimiser.accumulate(gradient);
    }
    throw new MattelierError({
      code: "invalid-argument",
      where: "training step",
      expected: "a batch, or micro-batches in an array",
      got: "an empty array",
    });
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
    return Promise.resolve(this.#state.state({ average }));
  }

  optimiserState(): Promise<StateDict> {
    return Promise.resolve(this.#state.optimiser.state());
  }

  restore({ model, optimiser }: { model?: StateDict; optimiser?: StateDict }): Promise<void> {
    if (model !== undefined) this.#state.restore(model);
    if (optimiser !== undefined) this.#state.optimiser.restore(optimiser);
    return Promise.resolve();
  }

  async dispose(): Promise<void> {
    const opened = await Promise.all(this.#sessions.values());
    await Promise.all([this.#session, ...opened].map((session) => session.dispose()));
  }

  #pass(
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
    return this.#session.run(feeds, { outputs: [...new Set(outputs)] });
  }

  /** The same numbers for the same seed, step and place in the model. */
  #masks(at: string): Record<string, TensorData> {
    if (this.#plan.masks.length === 0) return {};
    const rng = this.#rng.fork(at);
    return Object.fromEntries(
      this.#plan.masks.map(({ name, shape, keep }) => {
        return [name, { dtype: "float32", shape, data: drawKeepMask(shape, keep, rng.fork(name)) }];
      }),
    );
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
