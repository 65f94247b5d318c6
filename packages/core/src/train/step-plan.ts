import { gradients } from "../autodiff/index.js";
import { Tensor, toOnnx, type Builder, type Graph, type Node, type Value } from "../graph/index.js";
import {
  attach,
  membersOf,
  Parameter,
  type AnyModule,
  type Attached,
  type InputDeclaration,
} from "../nn/index.js";
import { encodeModel } from "../onnx/index.js";
import { createBuilder } from "../ops/index.js";
import { lowerGraph, orderForExecution, type LowerOptions } from "../ops/lowering/index.js";
import {
  createLayout,
  spellOut,
  type OptimiserOptions,
  type OptimiserSpec,
  type ParameterLayout,
} from "../optim/index.js";
import { MattelierError, sizeOf } from "../util/index.js";
import { emitUpdate, type GraphUpdatePlanParts } from "./graph-update-plan.js";
import { Outputs } from "./outputs.js";
import { checkPaths, matcherOf } from "./path-match.js";
import type { EvaluationDefinition, Objective, StepDefinition } from "./step-definition.js";

/** A graph input that is fed from a model's state. */
export interface WeightFeed {
  /** Of the graph input. */
  readonly name: string;
  readonly path: string;
  /** "" for the model being trained, else the companion's name. */
  readonly model: string;
}

/** A graph input that is drawn afresh for each run: 1/keep with probability `keep`, else 0. */
export interface MaskFeed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly keep: number;
}

/** A graph ready to run, and what to feed it. Plain data: it may cross to another thread. */
export interface GraphPlan {
  /** The .onnx bytes. */
  readonly model: Uint8Array;
  readonly weights: readonly WeightFeed[];
  readonly masks: readonly MaskFeed[];
  /** Outputs to fetch on request: the caller's name and the graph's. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Running statistics that follow a part of the statistics output. */
export interface Average {
  readonly path: string;
  readonly momentum: number;
  readonly offset: number;
  readonly size: number;
}

interface PlanBase extends GraphPlan {
  /** Graph output of the loss. */
  readonly loss: string;
  /** What is trained. */
  readonly layout: ParameterLayout;
  readonly counters: readonly string[];
  /** Parameters that are not frozen and that the loss does not depend on; they stay as they are. */
  readonly unreached: readonly string[];
  readonly optimiser: OptimiserSpec;
  readonly options: OptimiserOptions;
}

/** A step whose weights lie on the host: the graph gives gradients, and arrays are updated in place. */
export interface HostPlan extends PlanBase {
  readonly optimiserIn: "host";
  /** Graph output of each trained parameter's gradient, in the layout's order. */
  readonly gradients: readonly string[];
  /** All batch statistics, flat, in one output. */
  readonly statistics: { readonly output: string; readonly averages: readonly Average[] } | undefined;
}

/** A step whose weights lie on the device: the graph gives new weights and new state. */
export interface GraphUpdatePlan extends PlanBase {
  readonly optimiserIn: "graph";
  readonly update: GraphUpdatePlanParts;
}

export type StepPlan = HostPlan | GraphUpdatePlan;

/** The forward part of a step in a builder. */
export interface Recorded {
  readonly b: Builder;
  readonly attached: Attached;
  readonly objective: Objective;
  /** Model states that are fed, masks that are drawn. */
  readonly weights: readonly WeightFeed[];
  readonly masks: readonly MaskFeed[];
}

/** Record a definition's forward pass. */
export function recordObjective(definition: StepDefinition): Recorded {
  const { model, inputs, loss, companions = {} } = definition;
  const b = createBuilder();
  const batch = declare(b, inputs);
  const frozen = matcherOf(definition.evaluate, model, "evaluate: module path");
  const attached = attach(b, model, { mode: "train", frozen });
  const others = Object.entries(companions).map(([name, { model: other, mode = "eval" }]) => {
    return [name, attach(b, other, { mode, prefix: `${name}.` })] as const;
  });
  const result = loss(batch);
  const all = [["", attached] as const, ...others];
  return {
    b,
    attached,
    objective: result instanceof Tensor ? { loss: result } : result,
    weights: all.flatMap(([name, one]) => weightFeeds(one, name)),
    masks: all.flatMap(([, { random }]) =>
      random.map(({ input, keep }) => ({ name: input.name, shape: input.shape as number[], keep })),
    ),
  };
}

/**
 * Compile a step: loss, gradients, batch statistics and, if it is to be there, the optimiser as one graph.
 * @param optimiserIn where the weights are moved: by arrays on the host, or in the graph
 * @throws MattelierError as {@link recordStep}
 */
export function planStep(definition: StepDefinition, optimiserIn: "host" | "graph" = "host"): StepPlan {
  const { graph, ...plan } = recordStep(definition, optimiserIn);
  const lowered = lowerGraph(graph, definition.lowering);
  return { ...plan, model: encodeModel(toOnnx(orderForExecution(lowered))) };
}

/** A step before its graph is lowered. */
export type RecordedStep = (Omit<HostPlan, "model"> | Omit<GraphUpdatePlan, "model">) & {
  readonly graph: Graph;
};

/**
 * A step's graph before lowering, and the rest of its plan.
 * @throws MattelierError as autodiff and the operators do, naming the module; `invalid-argument` when nothing is trained
 */
export function recordStep(definition: StepDefinition, optimiserIn: "host" | "graph" = "host"): RecordedStep {
  const { b, attached, objective, weights, masks } = recordObjective(definition);
  const { model, optimiser, options = {}, recompute = [] } = definition;
  const isFrozen = matcherOf(definition.freeze, model, "freeze: path");
  checkPaths(recompute, model, "recompute: module path");

  const reached = reaching(objective.loss.value, b.nodes);
  const free = membersOf(model).state.flatMap(({ path, item }) =>
    item instanceof Parameter && !isFrozen(path) ? [{ path, value: attached.parameters.get(path) }] : [],
  );
  const trained = free.flatMap(({ path, value }) =>
    value !== undefined && reached.has(value) ? [{ path, value }] : [],
  );
  if (trained.length === 0) throw nothingTrained(free);
  const layout = createLayout(trained.map(({ path, value }) => ({ path, shape: value.shape as number[] })));
  const spelt = { ...options, groups: spellOut(layout, options.groups ?? []) };
  const byParameter = gradients(
    b,
    objective.loss.value,
    trained.map(({ value }) => value),
    { recompute },
  );

  const outputs = new Outputs(b);
  const base = (): Omit<PlanBase, "model"> & { readonly graph: Graph } => ({
    graph: outputs.build("training step"),
    weights,
    masks,
    outputs: Object.fromEntries(named),
    loss,
    layout,
    counters: attached.counters,
    unreached: free.map(({ path }) => path).filter((path) => !trained.some((one) => one.path === path)),
    optimiser,
    options: spelt,
  });
  const loss = outputs.add(objective.loss.value);
  const named = Object.entries(objective.outputs ?? {}).map(
    ([name, { value }]) => [name, outputs.add(value)] as const,
  );
  if (optimiserIn === "graph") {
    const update = emitUpdate(b, outputs, {
      trained: trained.map(({ value }, i) => ({ w: value, g: byParameter[i]! })),
      averages: attached.averages,
      optimiser,
      layout,
      options: spelt,
    });
    return { ...base(), optimiserIn, update };
  }
  const gradientNames = byParameter.map((value) => outputs.add(value));
  const { averages, flat } = statisticsOf(b, attached);
  const statistics = flat && { output: outputs.add(flat), averages };
  return { ...base(), optimiserIn, gradients: gradientNames, statistics };
}

/** Compile a graph that evaluates the model. */
export function planEvaluation(
  model: AnyModule,
  { inputs, outputs: compute }: EvaluationDefinition,
  lowering: LowerOptions = {},
): GraphPlan {
  const b = createBuilder();
  const batch = declare(b, inputs);
  const attached = attach(b, model, { mode: "eval" });
  const result = compute(batch);
  const outputs = new Outputs(b);
  const named = Object.entries(result instanceof Tensor ? { output: result } : result).map(
    ([name, { value }]) => [name, outputs.add(value)] as const,
  );
  return {
    model: encodeModel(toOnnx(lowerGraph(outputs.build("evaluation"), lowering))),
    weights: weightFeeds(attached, ""),
    masks: [],
    outputs: Object.fromEntries(named),
  };
}

function declare(b: Builder, inputs: Readonly<Record<string, InputDeclaration>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype = "float32" }]) => {
      return [name, new Tensor(b, b.input(name, dtype, shape))];
    }),
  );
}

function weightFeeds({ parameters, buffers }: Attached, model: string): WeightFeed[] {
  return [...parameters, ...buffers].map(([path, { name }]) => ({ name, path, model }));
}

/** Values that the loss depends on by a way that gradients may pass. */
export function reaching(loss: Value, nodes: readonly Node[]): ReadonlySet<Value> {
  const reached = new Set([loss]);
  for (const { outputs, inputs, stopsGradient } of nodes.toReversed()) {
    if (stopsGradient === true || !outputs.some((output) => output !== undefined && reached.has(output)))
      continue;
    for (const input of inputs) if (input !== undefined) reached.add(input);
  }
  return reached;
}

/** The batch statistics that running ones follow, as one flat vector. */
function statisticsOf(b: Builder, { averages }: Attached): { averages: Average[]; flat: Value | undefined } {
  let offset = 0;
  const parts = averages.map(({ path, value, momentum }) => {
    const size = sizeOf(value.shape as readonly number[]);
    offset += size;
    return { path, momentum, offset: offset - size, size };
  });
  if (parts.length === 0) return { averages: [], flat: undefined };
  const flat = b.concat(
    averages.map(({ value }) => b.reshape(value, [-1])),
    0,
  );
  return { averages: parts, flat };
}

function nothingTrained(free: readonly { readonly value: Value | undefined }[]): MattelierError {
  const used = free.filter(({ value }) => value !== undefined).length;
  return new MattelierError({
    code: "invalid-argument",
    where: "training step",
    expected: "a parameter to train that the loss depends on",
    got:
      free.length === 0
        ? "none that is not frozen"
        : `${free.length} that are not frozen, ${used} used, none on a differentiable way to the loss`,
    fix: "call the model in `loss`, without stopGradient on its output, and do not freeze everything",
  });
}
