import { expect, test } from "vitest";
import type { Tensor } from "../graph/index.js";
import { batchNorm, conv, Module, relu, sequential } from "../nn/index.js";
import { useSwiftShader } from "../runtime/swift-shader.test-support.js";
import { formulaTensor } from "../util/formula.test-support.js";
import { numbersOf } from "../util/index.js";
import { createNodeTrainStep } from "./node.js";
import { runHere } from "./step.test-support.js";
import { compileTrainStep, type TrainStep } from "./step.js";

const SHAPE = [2, 3, 8, 8];

class Small extends Module {
  readonly layers = sequential(conv(3, 4, { stride: 2 }), batchNorm(4), relu, conv(4, 1));

  forward(x: Tensor): Tensor {
    return this.layers(x);
  }
}

function definitionOf() {
  const model = new Small();
  return {
    model,
    inputs: { x: { shape: SHAPE } },
    loss: ({ x }: Readonly<Record<"x", Tensor>>) => model(x).square().mean(),
    optimiser: { kind: "adam", lr: 0.05 },
    options: { clipNorm: 0.1, emaDecay: 0.9 },
    evaluations: {
      y: { inputs: { x: { shape: SHAPE } }, outputs: ({ x }: Readonly<Record<"x", Tensor>>) => model(x) },
    },
  } as const;
}

async function trained(opening: Promise<TrainStep<"x", "y">>): Promise<readonly number[]> {
  const step = await opening;
  try {
    const seen: number[] = [];
    for (let t = 0; t < 3; t++) {
      const { loss, gradientNorm } = await step.step(
        [0, 1].map((j) => ({ x: formulaTensor(`x${t}.${j}`, SHAPE) })),
      );
      seen.push(loss, gradientNorm!);
    }
    const { output } = await step.evaluate("y", { x: formulaTensor("x", SHAPE) }, { average: true });
    const state = await step.modelState();
    expect((await step.optimiserState()).get("step")!.data[0]).toBe(3n);
    return [...seen, ...numbersOf(output!), ...numbersOf(state.get("layers.1.running_var")!)];
  } finally {
    await step.dispose();
  }
}

test.skipIf(!useSwiftShader())(
  "on WebGPU weights and optimiser stay on the device, and train as on the CPU (skipped without SwiftShader and libvulkan1)",
  { timeout: 240_000 },
  async () => {
    const expected = await trained(compileTrainStep(definitionOf(), { runner: runHere, seed: 1 }));
    const got = await trained(createNodeTrainStep(definitionOf(), { seed: 1, provider: "webgpu" }));
    // The software GPU's arithmetic is coarser: gradients differ by 1e-3 of their norm from the CPU's.
    got.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!), `value ${i}`).toBeLessThan(2e-3);
    });
    expect(expected[0]! - expected[4]!).toBeGreaterThan(0.01); // it learns
  },
);
