import { gradients } from "../autodiff/index.js";
import { Tensor, verify, type Graph, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { lowerConvGradients, PORTABLE } from "../ops/lowering/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { formulaTensor } from "../util/formula.test-support.js";
import type { TensorData } from "../util/index.js";
import { attach, type Attached, type Module } from "./index.js";

/** Verify a graph and run it once. */
export async function runOnce(
  graph: Graph,
  feeds: ReadonlyMap<Value, TensorData>,
): Promise<readonly TensorData[]> {
  verify(graph);
  // The test's writer names nodes by path alone, which need not be unique.
  const nodes = graph.nodes.map((node) => ({ ...node, path: "" }));
  const session = await openGraph({ ...graph, nodes });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

/** What one training pass gives, by path. */
export interface Pass {
  readonly attached: Attached;
  readonly output: TensorData;
  readonly inputGradient: TensorData;
  readonly gradients: Readonly<Record<string, TensorData>>;
  /** What the running averages are to follow. */
  readonly averages: Readonly<Record<string, TensorData>>;
}

/** Run a module in training mode; the loss is the product of its output with the probe of a name. */
export async function trainingPass(
  model: Module,
  { name, input, state }: { name: string; input: TensorData; state: ReadonlyMap<string, TensorData> },
): Promise<Pass> {
  const b = createBuilder();
  const x = new Tensor(b, b.input("x", "float32", input.shape));
  const attached = attach(b, model, { mode: "train" });
  const y = model(x);
  const probe = y.constant(formulaTensor(`probe:${name}`, y.shape as readonly number[]));
  const parameters = [...attached.parameters];
  const byInput = gradients(b, y.mul(probe).sum().value, [x.value, ...parameters.map(([, value]) => value)]);
  const averages = attached.averages.map(({ value }) => value);
  const outputs = [y.value, ...byInput, ...averages].map((value, i) => b.named(value, `out${i}`));
  const graph = lowerConvGradients(b.build(outputs), { target: PORTABLE });
  const feeds = graph.inputs.map((value) => [value, state.get(value.name) ?? input] as const);
  const [output, inputGradient, ...rest] = await runOnce(graph, new Map(feeds));
  const named = <T>(
    entries: readonly (readonly [string, unknown])[],
    values: readonly T[],
  ): Record<string, T> => Object.fromEntries(entries.map(([path], i) => [path, values[i]!]));
  return {
    attached,
    output: output!,
    inputGradient: inputGradient!,
    gradients: named(parameters, rest),
    averages: named(
      attached.averages.map(({ path }) => [path, undefined]),
      rest.slice(parameters.length),
    ),
  };
}
