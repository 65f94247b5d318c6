import { Builder, type Graph, type Value } from "../../graph/index.js";
import { sizeOf, throwIfAborted, type TensorData } from "../../util/index.js";
import { rules } from "../index.js";
import { applicableRecipes, type ConvKind } from "./lower-conv-gradients.js";
import { problemKey, weightShapeOf, type ConvProblem } from "./problem.js";
import type { Recipe } from "./recipe.js";
import type { Target } from "./target.js";

/** A graph that is open in the runtime, with its feeds at hand. */
export interface TimedGraph {
  run(): Promise<unknown>;
  dispose(): Promise<void>;
}

export interface MeasureOptions {
  readonly target: Target;
  /** Opens a graph as the training step's will be opened: same provider, same threads. */
  readonly open: (graph: Graph, feeds: ReadonlyMap<Value, TensorData>) => Promise<TimedGraph>;
  /** Timed runs of each recipe, by turns. Default 5. */
  readonly rounds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A clock in milliseconds. Default `performance.now`. */
  readonly nowMs?: (() => number) | undefined;
}

/** A recipe this much slower than the best is not timed again. */
const HOPELESS = 1.5;

/**
 * Milliseconds that every recipe that does takes for a problem: the least of its rounds, for what disturbs a run only
 * makes it slower. Recipes take turns, so that a slow spell of the machine hits all.
 * @throws MattelierError `aborted`
 */
export async function measureRecipes(
  kind: ConvKind,
  problem: ConvProblem,
  options: MeasureOptions,
): Promise<ReadonlyMap<string, number>> {
  const where = `measuring recipes of ${kind} ${problemKey(problem)}`;
  const { target, open, rounds = 5, signal, nowMs = () => performance.now() } = options;
  const recipes = applicableRecipes(kind, problem, target);
  const times = new Map<string, number>();
  const running: { readonly name: string; readonly graph: TimedGraph }[] = [];
  try {
    for (const recipe of recipes) {
      throwIfAborted(signal, where);
      const { graph, feeds } = graphOf(kind, problem, recipe, target);
      const opened = await open(graph, feeds);
      running.push({ name: recipe.name, graph: opened });
      await opened.run();
    }
    for (let round = 0; round < rounds; round++)
      for (const { name, graph } of running) {
        throwIfAborted(signal, where);
        const before = times.get(name) ?? Infinity;
        if (round > 0 && before > HOPELESS * Math.min(...times.values())) continue;
        const startMs = nowMs();
        await graph.run();
        times.set(name, Math.min(before, nowMs() - startMs));
      }
  } finally {
    await Promise.all(running.map(({ graph }) => graph.dispose()));
  }
  return times;
}

/** A recipe alone between inputs and one element of its result: fetching all of it would be timed too. */
function graphOf(
  kind: ConvKind,
  problem: ConvProblem,
  recipe: Recipe,
  target: Target,
): { readonly graph: Graph; readonly feeds: ReadonlyMap<Value, TensorData> } {
  const { batch, inChannels, outChannels, input, output, dtype } = problem;
  const x = [batch, inChannels, ...input];
  const w = weightShapeOf(problem);
  const dy = [batch, outChannels, ...output];
  const [left, right] = { forward: [x, w], input: [dy, w], weight: [x, dy] }[kind] as [number[], number[]];
  const b = new Builder(rules);
  const operands = [b.input("left", dtype, left), b.input("right", dtype, right)] as const;
  const result = recipe.build({ b, problem, operands, target });
  const axes = result.shape.map((_, axis) => axis);
  const corner = b.slice(
    result,
    axes.map(() => 0),
    axes.map(() => 1),
    axes,
  );
  const feeds = new Map(operands.map((value) => [value, waves(value.shape as number[], dtype)]));
  return { graph: b.build([corner]), feeds };
}

/** Small numbers of either sign; their values do not matter to the time, but for subnormal ones. */
function waves(shape: readonly number[], dtype: ConvProblem["dtype"]): TensorData {
  const data = new (dtype === "float64" ? Float64Array : Float32Array)(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7) % 31) / 31 - 0.5;
  return { dtype, shape, data };
}
