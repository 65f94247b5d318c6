import { expect, test } from "vitest";
import { initialState, type StateDict } from "../nn/index.js";
import { PORTABLE } from "../ops/lowering/index.js";
import { createNodeSession, type NodeProvider } from "../runtime/node.js";
import { useSwiftShader } from "../runtime/swift-shader.test-support.js";
import { createRng, type TensorData } from "../util/index.js";
import { planStep } from "./step-plan.js";
import { tinyBatch, tinyUnet } from "./tiny-unet.test-support.js";

const SMALLEST = { base: 4, depth: 1, size: 16 } as const;

test.skipIf(!useSwiftShader())(
  "the portable graph of a U-Net gives the CPU's loss and gradients on WebGPU (skipped without SwiftShader and libvulkan1)",
  { timeout: 240_000 },
  async () => {
    const network = tinyUnet(SMALLEST);
    const plan = planStep({ ...network, lowering: { target: PORTABLE } });
    if (!("gradients" in plan)) throw new Error("the gradients are no outputs");
    const state = initialState(network.model, createRng(3));
    const run = async (provider: NodeProvider): Promise<Record<string, TensorData>> => {
      const options = { provider, inThread: "here", optimisation: "basic" } as const;
      const session = await createNodeSession(plan.model, options);
      try {
        const weights = plan.weights.map(({ name, path }) => [name, valueAt(state, path)] as const);
        return await session.run({ ...Object.fromEntries(weights), ...tinyBatch(0, SMALLEST.size) });
      } finally {
        await session.dispose();
      }
    };
    const cpu = await run("cpu");
    const gpu = await run("webgpu");
    expect(floats(gpu[plan.loss]!)[0]).toBeCloseTo(floats(cpu[plan.loss]!)[0]!, 5);
    // Of the whole gradient: parts of it are sums that cancel.
    let difference = 0;
    let norm = 0;
    for (const name of plan.gradients)
      floats(cpu[name]!).forEach((g, i) => {
        difference += (floats(gpu[name]!)[i]! - g) ** 2;
        norm += g ** 2;
      });
    expect(norm).toBeGreaterThan(0);
    expect(Math.sqrt(difference / norm)).toBeLessThan(1.1e-3);
  },
);

const floats = ({ data }: TensorData): Float32Array => data as Float32Array;

function valueAt(state: StateDict, path: string): TensorData {
  const value = state.get(path);
  if (value === undefined) throw new Error(`no ${path} in the state`);
  return value;
}
