import type { StateDict } from "../nn/index.js";
import { checkOptimiserState, coefficientVectors, type CoefficientVectors } from "../optim/index.js";
import {
  isOnDevice,
  type Device,
  type DeviceSession,
  type DeviceTensor,
  type DeviceValues,
} from "../runtime/device.js";
import { createRng, internalError, sizeOf, tensorFrom, type Rng, type TensorData } from "../util/index.js";
import type { Carried } from "./graph-update-plan.js";
import { drawMasks } from "./masks.js";
import type { Batch } from "./step-definition.js";
import type { DiagnosisPlan } from "./step-diagnosis.js";
import type { GraphPlan, GraphUpdatePlan, WeightFeed } from "./step-plan.js";
import type {
  EvaluateOptions,
  NotFinite,
  RunnerInit,
  SavedStates,
  StepResult,
  StepRunner,
  StepRunOptions,
} from "./step-runner.js";

type Tensors = Map<string, DeviceTensor>;

/** Run a step whose weights and optimiser stay on a device. The runner owns the device. */
export async function openGraphRunner({ plan, ...init }: RunnerInit, device: Device): Promise<StepRunner> {
  if (plan.optimiserIn !== "graph")
    throw internalError("training step", "a plan for the graph", plan.optimiserIn);
  const { weights, slots, sums, averages, gradientNorm } = plan.update;
  const stay = [...weights, ...slots, ...sums, ...averages].map(({ output }) => output);
  const toHost = new Set([plan.loss, gradientNorm]);
  const named = Object.values(plan.outputs).filter((name) => !toHost.has(name));
  const session = await device.open(plan.model, [...stay, ...named]);
  const runner = new GraphRunner({ ...init, plan }, device, session);
  await runner.begin(init.state, init.companions);
  return runner;
}

class GraphRunner implements StepRunner {
  readonly #plan: GraphUpdatePlan;
  readonly #evaluations: Readonly<Record<string, GraphPlan>>;
  readonly #device: Device;
  readonly #session: DeviceSession;
  readonly #sessions = new Map<string, Promise<DeviceSession>>();
  readonly #vectors: CoefficientVectors;
  readonly #rng: Rng;
  /** What lies on the device: by path, `<slot>/<path>` and `sum/<path>`. */
  #values: Tensors = new Map();
  /** The rest of the model's state: counters. */
  #onHost = new Map<string, TensorData>();
  /** The order of the state dict. */
  #paths: readonly string[] = [];
  readonly #companions = new Map<string, Tensors | "average">();
  #step = 0;
  #failed: DeviceValues = {};

  constructor(init: RunnerInit & { readonly plan: GraphUpdatePlan }, device: Device, session: DeviceSession) {
    this.#plan = init.plan;
    this.#evaluations = init.evaluations;
    this.#device = device;
    this.#session = session;
    this.#vectors = coefficientVectors(init.plan.optimiser, init.plan.layout, init.plan.options);
    this.#rng = createRng(init.seed);
  }

  async begin(state: StateDict, companions: RunnerInit["companions"]): Promise<void> {
    this.#paths = [...state.keys()];
    for (const { key, shape } of this.#plan.update.sums) await this.#put(key, zeros(shape));
    await this.#load(state);
    await this.#resetSlots(state);
    for (const [name, weights] of Object.entries(companions)) {
      if (weights === "average") this.#companions.set(name, weights);
      else {
        const own: Tensors = new Map();
        for (const [path, data] of weights) own.set(path, await this.#device.upload(data));
        this.#companions.set(name, own);
      }
    }
  }

  async run(microBatches: readonly Batch[], options: StepRunOptions): Promise<StepResult | NotFinite> {
    const now: Tensors = new Map(this.#values);
    try {
      const result = await this.#take(microBatches, options, now);
      if ("notFinite" in result) return result;
      const before = this.#values;
      this.#values = new Map(now);
      for (const [key, tensor] of before) if (now.get(key) !== tensor) tensor.dispose();
      return result;
    } finally {
      for (const [key, tensor] of now) if (this.#values.get(key) !== tensor) tensor.dispose();
    }
  }

  /** Compute a step; what it makes is put into `now`. */
  async #take(
    microBatches: readonly Batch[],
    { fetch = [], ...settings }: StepRunOptions,
    now: Tensors,
  ): Promise<StepResult | NotFinite> {
    const { loss: lossName, masks, optimiser, update, counters } = this.#plan;
    const failure = { step: this.#step + 1, lr: settings.lr ?? optimiser.lr };
    const moving = { ...settings, microBatches: microBatches.length };
    let sum = 0;
    for (const [microBatch, batch] of microBatches.entries()) {
      const objective = {
        ...this.#weightFeeds(this.#plan.weights, now),
        ...batch,
        ...drawMasks(masks, this.#rng, { step: this.#step, microBatch }),
      };
      const results = await this.#session.run({
        ...objective,
        ...this.#updateFeeds(now, microBatch === 0 ? 0 : 1, moving),
      });
      const loss = numberIn(results, lossName);
      if (!Number.isFinite(loss)) {
        this.#free(results);
        this.#failed = objective;
        return { ...failure, notFinite: "loss", value: loss };
      }
      sum += loss;
      if (microBatch < microBatches.length - 1) {
        this.#adopt([...update.sums, ...update.averages], results, now);
        this.#free(results, now);
        continue;
      }
      const gradientNorm =
        update.gradientNorm === undefined ? undefined : numberIn(results, update.gradientNorm);
      if (gradientNorm !== undefined && !Number.isFinite(gradientNorm)) {
        this.#free(results);
        return { ...failure, notFinite: "gradient", value: gradientNorm };
      }
      this.#adopt([...update.weights, ...update.slots, ...update.sums, ...update.averages], results, now);
      const outputs = await this.#read(results, named(this.#plan, fetch));
      this.#free(results, now);
      for (const path of counters) count(this.#onHost.get(path)!, microBatches.length);
      this.#step += 1;
      return { loss: sum / microBatches.length, step: this.#step, gradientNorm, outputs };
    }
    throw internalError("training step", "at least one batch", "none");
  }

  async evaluate(name: string, batch: Batch, options: EvaluateOptions): Promise<Record<string, TensorData>> {
    const plan = this.#evaluations[name]!;
    let opening = this.#sessions.get(name);
    if (opening === undefined) this.#sessions.set(name, (opening = this.#device.open(plan.model, [])));
    const session = await opening;
    const weights = this.#weightFeeds(plan.weights, this.#values, options.average === true);
    const results = await session.run({ ...weights, ...batch });
    return this.#read(results, named(plan, options.fetch ?? Object.keys(plan.outputs)));
  }

  async diagnose(plan: DiagnosisPlan): Promise<string | undefined> {
    for (const [name, value] of Object.entries(this.#failed)) {
      const { dtype, data } = isOnDevice(value) ? await this.#device.read(value) : value;
      if (dtype === "float32" && !(data as Float32Array).every(Number.isFinite)) return name;
    }
    const session = await this.#device.open(plan.model, []);
    try {
      const { [plan.output]: flags } = await session.run(this.#failed);
      const first = ((flags as TensorData).data as Float32Array).findIndex(Number.isNaN);
      return plan.places[first];
    } finally {
      await session.dispose();
    }
  }

  async modelState({ average = false }: { readonly average?: boolean | undefined }): Promise<StateDict> {
    const state = new Map<string, TensorData>();
    for (const path of this.#paths) {
      const onHost = this.#onHost.get(path);
      const copy = onHost && { ...onHost, data: onHost.data.slice() };
      state.set(path, copy ?? (await this.#device.read(this.#weight(path, this.#values, average))));
    }
    return state;
  }

  async optimiserState(): Promise<StateDict> {
    const step = tensorFrom("int64", [], [this.#step]);
    const state = new Map<string, TensorData>([["step", step]]);
    for (const key of this.#slotKeys()) state.set(key, await this.#device.read(this.#values.get(key)!));
    return state;
  }

  async restore({ model, optimiser }: SavedStates): Promise<void> {
    if (optimiser !== undefined) {
      const own = new Map<string, Pick<TensorData, "dtype" | "shape">>([
        ["step", { dtype: "int64", shape: [] }],
      ]);
      for (const { key, shape } of this.#plan.update.slots) own.set(key, { dtype: "float32", shape });
      checkOptimiserState(this.#plan.optimiser, own, optimiser);
    }
    if (model !== undefined) {
      await this.#load(model);
      for (const { path } of this.#plan.layout.spans)
        if (this.#values.has(`ema/${path}`)) await this.#put(`ema/${path}`, model.get(path)!);
    }
    if (optimiser !== undefined) {
      for (const key of this.#slotKeys()) await this.#put(key, optimiser.get(key)!);
      this.#step = Number(optimiser.get("step")!.data[0]);
    }
  }

  async dispose(): Promise<void> {
    const opened = await Promise.all(this.#sessions.values());
    for (const tensor of this.#values.values()) tensor.dispose();
    for (const own of this.#companions.values())
      if (own !== "average") for (const tensor of own.values()) tensor.dispose();
    await Promise.all([this.#session, ...opened].map((session) => session.dispose()));
    await this.#device.dispose();
  }

  /** Slot by slot, as the optimiser over arrays has them. */
  #slotKeys(): readonly string[] {
    const slots = [...new Set(this.#plan.update.slots.map(({ key }) => key.slice(0, key.indexOf("/"))))];
    return slots.flatMap((slot) => this.#plan.layout.spans.map(({ path }) => `${slot}/${path}`));
  }

  async #put(key: string, data: TensorData): Promise<void> {
    this.#values.get(key)?.dispose();
    this.#values.set(key, await this.#device.upload(data));
  }

  /** Floats go to the device. */
  async #load(state: StateDict): Promise<void> {
    for (const [path, data] of state) {
      if (data.dtype === "float32") await this.#put(path, data);
      else this.#onHost.set(path, { ...data, data: data.data.slice() });
    }
  }

  async #resetSlots(state: StateDict): Promise<void> {
    for (const { key, shape } of this.#plan.update.slots)
      await this.#put(key, key.startsWith("ema/") ? state.get(key.slice(4))! : zeros(shape));
  }

  #weight(path: string, values: Tensors, average: boolean): DeviceTensor {
    return (average ? values.get(`ema/${path}`) : undefined) ?? values.get(path)!;
  }

  #weightFeeds(
    weights: readonly WeightFeed[],
    values: Tensors,
    average = false,
  ): Record<string, DeviceTensor> {
    return Object.fromEntries(
      weights.map(({ name, path, model }) => {
        const own = this.#companions.get(model);
        if (own instanceof Map) return [name, own.get(path)!];
        return [name, this.#weight(path, values, average || own === "average")];
      }),
    );
  }

  #updateFeeds(
    values: Tensors,
    carry: 0 | 1,
    settings: Parameters<CoefficientVectors["at"]>[2],
  ): DeviceValues {
    const { slots, sums, averages, coefficients, carry: carryName } = this.#plan.update;
    return {
      ...Object.fromEntries(
        [...slots, ...sums, ...averages].map(({ key, input }) => [input, values.get(key)!]),
      ),
      ...Object.fromEntries(
        coefficients.map((name, i) => {
          const data = this.#vectors.at(i, this.#step, settings);
          return [name, { dtype: "float32", shape: [data.length], data }];
        }),
      ),
      [carryName]: tensorFrom("float32", [], [carry]),
    };
  }

  /** Take over results; what they replace goes, unless the step could still fail and need it. */
  #adopt(carried: readonly Carried[], results: DeviceValues, now: Tensors): void {
    for (const { key, output } of carried) {
      const before = now.get(key)!;
      if (this.#values.get(key) !== before) before.dispose();
      now.set(key, results[output] as DeviceTensor);
    }
  }

  /** Free results that were not taken over. */
  #free(results: DeviceValues, taken: Tensors = new Map()): void {
    const kept = new Set<unknown>(taken.values());
    for (const value of Object.values(results)) if (isOnDevice(value) && !kept.has(value)) value.dispose();
  }

  async #read(
    results: DeviceValues,
    names: Readonly<Record<string, string>>,
  ): Promise<Record<string, TensorData>> {
    const read: Record<string, TensorData> = {};
    for (const [name, output] of Object.entries(names)) {
      const value = results[output]!;
      read[name] = isOnDevice(value) ? await this.#device.read(value) : value;
    }
    return read;
  }
}

function numberIn(results: DeviceValues, name: string): number {
  return ((results[name] as TensorData).data as Float32Array)[0]!;
}

function zeros(shape: readonly number[]): TensorData {
  return { dtype: "float32", shape, data: new Float32Array(sizeOf(shape)) };
}

function count({ data }: TensorData, passes: number): void {
  (data as BigInt64Array)[0]! += BigInt(passes);
}

/** The graph's names of outputs asked for. */
function named(plan: GraphPlan, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, plan.outputs[name]!]));
}
