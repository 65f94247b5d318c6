import { expect, test } from "vitest";
import type { Graph } from "../../graph/index.js";
import { createBuilder } from "../index.js";
import { openGraph } from "../run-graph.test-support.js";
import {
  applicableRecipes,
  autotune,
  convProblems,
  CPU,
  lowerConvGradients,
  measureRecipes,
} from "./index.js";
import type { AutotuneProgress, MeasureOptions } from "./index.js";

const slide = { strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], group: 1 };

/** Two equal convolutions' gradients, and one by a 1x1. */
function gradientsGraph(): Graph {
  const b = createBuilder();
  const x = b.input("x", "float32", [2, 4, 6, 5]);
  const dy = b.input("dy", "float32", [2, 3, 6, 5]);
  const dw = (weight_shape: number[], pads: number[]) =>
    b.op("mattelier.ConvWeightGradient", [x, dy], { ...slide, pads, weight_shape });
  return b.build([
    dw([3, 4, 3, 3], [1, 1, 1, 1]),
    b.neg(dw([3, 4, 3, 3], [1, 1, 1, 1])),
    dw([3, 4, 1, 1], [0, 0, 0, 0]),
  ]);
}

/** A clock by which every run takes as long as it is told; graphs run for real. */
function fakeClock(
  msOf: (graph: Graph) => number,
): Pick<MeasureOptions, "open" | "nowMs"> & { opened: number } {
  let now = 0;
  const clock = {
    opened: 0,
    nowMs: () => now,
    open: async (graph: Graph, feeds: Parameters<MeasureOptions["open"]>[1]) => {
      const running = await openGraph(graph);
      clock.opened++;
      return {
        async run() {
          const [corner] = await running.run(feeds);
          expect(corner!.data.length).toBe(1);
          now += msOf(graph);
        },
        async dispose() {
          clock.opened--;
          await running.dispose();
        },
      };
    },
  };
  return clock;
}

const fewestNodes = (graph: Graph): number => graph.nodes.length;

test("takes the fastest recipe of each shape, and measures each once", async () => {
  const graph = gradientsGraph();
  const clock = fakeClock(fewestNodes);
  const told: AutotuneProgress[] = [];
  const choices = await autotune(graph, { target: CPU, ...clock, onProgress: (one) => told.push(one) });
  const keys = [...convProblems(graph, CPU).keys()];
  expect(keys).toHaveLength(2);
  expect(told.map(({ key, done, total }) => [key, done, total])).toEqual(
    keys.map((key, i) => [key, i + 1, 2]),
  );
  expect(choices).toEqual({ [keys[0]!]: "swap_3d", [keys[1]!]: "pointwise" });
  expect(clock.opened).toBe(0);
  const { nodes } = lowerConvGradients(graph, { target: CPU, choices });
  expect(nodes.filter(({ op }) => op === "Conv")).toHaveLength(2);
});

test("what is known is kept, but for recipes that are not", async () => {
  const graph = gradientsGraph();
  const [first, second] = [...convProblems(graph, CPU).keys()] as [string, string];
  const told: string[] = [];
  const choices = await autotune(graph, {
    target: CPU,
    ...fakeClock(fewestNodes),
    known: { [first]: "taps", [second]: "of another age", elsewhere: "flip" },
    onProgress: ({ key }) => told.push(key),
  });
  expect(told).toEqual([second]);
  expect(choices).toEqual({ [first]: "taps", [second]: "pointwise", elsewhere: "flip" });
});

test("an abort stops between runs and closes what is open", async () => {
  const graph = gradientsGraph();
  const controller = new AbortController();
  const clock = fakeClock(() => {
    controller.abort();
    return 1;
  });
  await expect(autotune(graph, { target: CPU, ...clock, signal: controller.signal })).rejects.toMatchObject({
    code: "aborted",
  });
  expect(clock.opened).toBe(0);
});

test("a recipe that has shown to be slow is not run again", async () => {
  const graph = gradientsGraph();
  const runs = new Map<number, number>();
  const clock = fakeClock((one) => {
    runs.set(one.nodes.length, (runs.get(one.nodes.length) ?? 0) + 1);
    return one.nodes.length ** 3;
  });
  const [{ kind, problem }] = [...convProblems(graph, CPU).values()] as [
    { kind: "weight"; problem: Parameters<typeof applicableRecipes>[1] },
  ];
  const times = await measureRecipes(kind, problem, { target: CPU, ...clock, rounds: 4 });
  expect([...times.keys()]).toEqual(applicableRecipes(kind, problem, CPU).map(({ name }) => name));
  const [fewest, most] = [Math.min(...runs.keys()), Math.max(...runs.keys())];
  // One run to warm up.
  expect(runs.get(fewest)).toBe(5);
  expect(runs.get(most)).toBe(2);
});
