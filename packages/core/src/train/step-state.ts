import type { StateDict } from "../nn/index.js";
import { createOptimiser, viewOf, type Optimiser } from "../optim/index.js";
import { MattelierError, type TensorData } from "../util/index.js";
import type { HostPlan, WeightFeed } from "./step-plan.js";

/**
 * The arrays that a training run moves, on the host: trained weights (flat, inside the optimiser), other parameters
 * and buffers (arrays of their own), companions' weights. Graphs are fed with views of them.
 */
export class StepState {
  readonly optimiser: Optimiser;
  readonly #plan: HostPlan;
  readonly #model = new Map<string, TensorData>();
  /** The moving average's view of trained parameters; the model's own for everything else. */
  readonly #average = new Map<string, TensorData>();
  readonly #companions: Readonly<Record<string, StateDict | "average">>;

  /** @param state of the whole model; copied */
  constructor(
    plan: HostPlan,
    { state, companions }: { state: StateDict; companions: Readonly<Record<string, StateDict | "average">> },
  ) {
    this.#plan = plan;
    this.#companions = companions;
    this.optimiser = createOptimiser(plan.optimiser, plan.layout, plan.options);
    for (const [path, data] of state) this.#model.set(path, { ...data, data: data.data.slice() });
    const { weights, average } = this.optimiser;
    for (const span of plan.layout.spans) {
      const view: TensorData = { dtype: "float32", shape: span.shape, data: viewOf(weights, span) };
      (view.data as Float32Array).set(entryOf(state, span.path).data as Float32Array);
      this.#model.set(span.path, view);
      if (average !== undefined) this.#average.set(span.path, { ...view, data: viewOf(average, span) });
    }
    average?.set(weights);
    for (const [path, data] of this.#model) if (!this.#average.has(path)) this.#average.set(path, data);
  }

  /** What to feed a graph's weights with. */
  feeds(
    weights: readonly WeightFeed[],
    { average = false }: { readonly average?: boolean } = {},
  ): Record<string, TensorData> {
    const sourceOf = (model: string): StateDict => {
      if (model === "") return average ? this.#averaged() : this.#model;
      const companion = this.#companions[model]!;
      return companion === "average" ? this.#averaged() : companion;
    };
    return Object.fromEntries(weights.map(({ name, path, model }) => [name, entryOf(sourceOf(model), path)]));
  }

  /** Take in what the passes of a step report of buffers: the batch statistics of each, where there are any. */
  follow(statistics: readonly Float32Array[], passes: number): void {
    for (const batch of statistics) {
      for (const { path, momentum, offset, size } of this.#plan.statistics!.averages) {
        const buffer = this.#model.get(path)!.data as Float32Array;
        for (let i = 0; i < size; i++)
          buffer[i] = (1 - momentum) * buffer[i]! + momentum * batch[offset + i]!;
      }
    }
    for (const path of this.#plan.counters)
      (this.#model.get(path)!.data as BigInt64Array)[0]! += BigInt(passes);
  }

  /** The model's state. Views, not copies. */
  state({ average = false }: { readonly average?: boolean } = {}): StateDict {
    return average ? this.#averaged() : this.#model;
  }

  /** Overwrite the model's state; the moving average begins anew from it. */
  restore(state: StateDict): void {
    for (const [path, { data }] of this.#model)
      (data as Float32Array).set(entryOf(state, path).data as Float32Array);
    this.optimiser.average?.set(this.optimiser.weights);
  }

  #averaged(): StateDict {
    if (this.optimiser.average !== undefined) return this.#average;
    throw new MattelierError({
      code: "invalid-argument",
      where: "training step",
      expected: "a moving average of the weights",
      got: "a step without one",
      fix: "set options.emaDecay, such as 0.999",
    });
  }
}

function entryOf(state: StateDict, path: string): TensorData {
  const data = state.get(path);
  if (data !== undefined) return data;
  throw new MattelierError({
    code: "invalid-data",
    where: path,
    expected: "an entry in the state dict",
    got: "none",
    fix: "start from initialState(model, rng), or load a checkpoint of this model",
  });
}
