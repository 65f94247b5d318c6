import { describe, expect, it } from "vitest";
import { verify, type Value } from "../graph/index.js";
import { createBuilder } from "../ops/index.js";
import { openGraph } from "../ops/run-graph.test-support.js";
import type { TensorData } from "../util/index.js";
import { emitOptimiser } from "./graph-update.js";
import { viewOf } from "./layout.js";
import { createOptimiser } from "./optimiser.js";
import { golden, goldenLayout, gradientAt, startWeights } from "./optim-golden.test-support.js";
import { scheduleAt } from "./schedule.js";

const spans = goldenLayout.spans;
const views = (flat: Float32Array<ArrayBuffer>): TensorData[] =>
  spans.map((span) => ({ dtype: "float32", shape: span.shape, data: viewOf(flat, span).slice() }));

describe("the optimiser in the graph moves weights as the one over typed arrays does", () => {
  for (const { spec, options: all } of golden.optimisers) {
    it(`${JSON.stringify(spec)} ${JSON.stringify(all)}`, async () => {
      const { schedule, microBatches = 1, ...options } = all;
      const b = createBuilder();
      const input = (kind: string, path: string, shape: readonly number[]): Value =>
        b.input(`${kind}:${path}`, "float32", shape);
      const weights = spans.map(({ path, shape }) => ({
        w: input("w", path, shape),
        g: input("g", path, shape),
      }));
      const emitted = emitOptimiser(b, spec, goldenLayout, { ...options, weights });
      const states = emitted.parameters.flatMap(({ state }) => emitted.slots.map((slot) => state[slot]!));
      const nexts = [...emitted.parameters.map(({ weight }) => weight), ...states.map(({ next }) => next)];
      const graph = b.build(nexts.map((value, i) => b.named(value, `out${i}`)));
      verify(graph);
      const session = await openGraph({ ...graph, nodes: graph.nodes.map((n) => ({ ...n, path: "" })) });

      const flat = createOptimiser(spec, goldenLayout, options);
      flat.weights.set(startWeights(goldenLayout));
      let current = views(flat.weights);
      let state = spans.flatMap(({ shape, size }, i) =>
        emitted.slots.map((slot): TensorData => {
          const data = slot === "ema" ? current[i]!.data : new Float32Array(size);
          return { dtype: "float32", shape, data };
        }),
      );
      try {
        for (let step = 0; step < 4; step++) {
          const now = schedule === undefined ? undefined : scheduleAt(schedule, step);
          const settings = now && { lr: spec.lr * now.factor, momentum: now.momentum };
          const sum = new Float32Array(goldenLayout.size);
          for (let j = 0; j < microBatches; j++) {
            const gradient = gradientAt(goldenLayout, step + 1, j);
            for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
            if (j < microBatches - 1) flat.accumulate(gradient);
            else flat.update(gradient, settings);
          }
          const gradients = views(sum);
          const feeds = new Map<Value, TensorData>([
            ...weights.flatMap(({ w, g }, i) => [[w, current[i]!] as const, [g, gradients[i]!] as const]),
            ...states.map(({ input }, i) => [input, state[i]!] as const),
            ...emitted.coefficients.map((coefficients) => {
              const data = coefficients.at(step, { ...settings, microBatches });
              return [coefficients.input, { dtype: "float32", shape: [data.length], data }] as const;
            }),
          ]);
          const outputs = await session.run(feeds);
          current = outputs.slice(0, spans.length);
          state = outputs.slice(spans.length);
          for (const [i, span] of spans.entries()) {
            const expected = viewOf(flat.weights, span);
            for (const [j, w] of (current[i]!.data as Float32Array).entries())
              expect(Math.abs(w - expected[j]!)).toBeLessThan(4e-7);
          }
        }
      } finally {
        await session.dispose();
      }
      const slots = emitted.slots.flatMap((slot) => spans.map(({ path }) => `${slot}/${path}`));
      expect([...flat.state().keys()]).toEqual(["step", ...slots]);
    });
  }
});
