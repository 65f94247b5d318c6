import { expect, test } from "vitest";
import type { Tensor } from "../graph/index.js";
import { batchNorm, conv, Module, relu, sequential } from "../nn/index.js";
import { formulaTensor } from "../util/formula.test-support.js";
import { createNodeTrainStep } from "./node.js";

class Wide extends Module {
  readonly layers = sequential(
    conv(4, 512, { kernel: 1 }),
    batchNorm(512),
    relu,
    conv(512, 512, { kernel: 1 }),
  );

  forward(x: Tensor): Tensor {
    return this.layers(x);
  }
}

const megabytes = (): number => process.memoryUsage().rss / 2 ** 20;

test.each(["worker", "here"] as const)(
  "300 steps in flat memory, in thread %s",
  { timeout: 240_000 },
  async (inThread) => {
    const model = new Wide();
    const shape = [1, 4, 4, 4];
    const step = await createNodeTrainStep(
      {
        model,
        inputs: { x: { shape } },
        loss: ({ x }) => {
          const y = model(x);
          return { loss: y.square().mean(), outputs: { y } };
        },
        optimiser: { kind: "adam", lr: 1e-4 },
        options: { emaDecay: 0.99 },
        evaluations: { y: { inputs: { x: { shape } }, outputs: ({ x }) => model(x!) } },
      },
      { seed: 1, inThread, threads: 1 },
    );
    try {
      const seen: number[] = [];
      for (let i = 0; i < 300; i++) {
        const x = formulaTensor(`x${i % 7}`, shape);
        await step.step(i % 3 === 0 ? [{ x }, { x }] : { x }, { fetch: i % 5 === 0 ? ["y"] : [] });
        if (i % 10 === 0) await step.evaluate("y", { x });
        if (i % 100 === 99) await step.modelState();
        seen.push(megabytes());
      }
      // 265,000 weights: 1 MB of gradient a pass. Kept, they would be 270 MB from the hundredth step on.
      const settled = Math.max(...seen.slice(50, 100));
      const late = Math.max(...seen.slice(250));
      expect(late - settled).toBeLessThan(40);
    } finally {
      await step.dispose();
    }
  },
);
