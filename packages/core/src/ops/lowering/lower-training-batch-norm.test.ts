import { expect, test } from "vitest";
import { verify, type Value } from "../../graph/index.js";
import { formulaTensor } from "../../util/formula.test-support.js";
import { numbersOf, type TensorData } from "../../util/index.js";
import { createBuilder } from "../index.js";
import { openGraph } from "../run-graph.test-support.js";
import { lowerTrainingBatchNorm } from "./lower-training-batch-norm.js";

test.each([0, 0.7])("written in sums, it gives what the operator gives (momentum %s)", async (momentum) => {
  const b = createBuilder();
  const x = b.input("x", "float32", [3, 4, 2, 5]);
  const vectors = ["scale", "bias", "mean", "variance"].map((name) => b.input(name, "float32", [4]));
  // The operator may write over its statistics: copies of them.
  const [scale, bias, ...running] = vectors as [Value, Value, ...Value[]];
  const fresh = running.map((value) => b.add(value, 0));
  const outputs = b.emit(
    "BatchNormalization",
    [x, scale, bias, ...fresh],
    { training_mode: 1, momentum, epsilon: 1e-3 },
    3,
  );
  const graph = b.build([...outputs, b.mul(outputs[1]!, 2)]);
  const lowered = lowerTrainingBatchNorm(graph);
  verify(lowered);
  expect(lowered.nodes.map(({ op }) => op)).not.toContain("BatchNormalization");
  expect(lowered.outputs).toEqual(graph.outputs);

  const feeds = new Map<Value, TensorData>(
    graph.inputs.map((value) => [
      value,
      formulaTensor(value.name, value.shape as number[], value === x ? {} : { low: 0.5, high: 1.5 }),
    ]),
  );
  const results: number[][][] = [];
  for (const one of [graph, lowered]) {
    const running = await openGraph(one);
    results.push((await running.run(feeds)).map(numbersOf));
    await running.dispose();
  }
  results[0]!.forEach((expected, i) => {
    expected.forEach((value, j) => {
      expect(results[1]![i]![j]).toBeCloseTo(value, 5);
    });
  });
});
