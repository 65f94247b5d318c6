import type { Builder, Value } from "../graph/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import { numbersOf, tensorFrom, type TensorData } from "../util/index.js";

/** Run what a builder has recorded; numbers of each output. Inputs take their names' numbers. */
export async function evaluate(
  b: Builder,
  outputs: readonly Value[],
  feeds: Readonly<Record<string, readonly number[]>>,
): Promise<readonly (readonly number[])[]> {
  const graph = b.build(outputs.map((value, i) => b.named(value, `out${i}`)));
  const running = await openGraph(graph, { graphOptimizationLevel: "basic" });
  try {
    const data = graph.inputs.map((input): [Value, TensorData] => [
      input,
      tensorFrom(input.dtype as "float64", input.shape as readonly number[], feeds[input.name]!),
    ]);
    return (await running.run(new Map(data))).map(numbersOf);
  } finally {
    await running.dispose();
  }
}
