import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { createNodeTrainStep } from "./node.js";
import { batchAt, formulaState, golden, smallDefinition } from "./step.test-support.js";
import { PORTABLE } from "../ops/lowering/index.js";

// Debian's Chromium brings SwiftShader, a Vulkan device in software: the GPU's path without a GPU.
const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (existsSync(DRIVER)) process.env["VK_ICD_FILENAMES"] ??= DRIVER;

test.skipIf(!existsSync(DRIVER))(
  "on WebGPU weights and optimiser stay on the device, and train as PyTorch's (skipped without SwiftShader)",
  async () => {
    const { optimiser, options, freeze, microBatches, losses, norms } = golden[1]!;
    const definition = smallDefinition({ optimiser, options, freeze, lowering: { target: PORTABLE } });
    const state = formulaState(definition.model);
    const step = await createNodeTrainStep(definition, { seed: 1, state, provider: "webgpu" });
    try {
      for (let t = 0; t < 2; t++) {
        const batches = Array.from({ length: microBatches! }, (_, j) => batchAt(t, j));
        const { loss, gradientNorm } = await step.step(batches);
        expect(loss).toBeCloseTo(losses[t]!, 4);
        expect(gradientNorm).toBeCloseTo(norms[t]!, 3);
      }
      const { logits } = await step.evaluate("matte", { image: batchAt(0).image });
      expect(logits!.shape).toEqual([2, 1, 12, 12]);
      expect((await step.optimiserState()).get("step")!.data[0]).toBe(2n);
    } finally {
      await step.dispose();
    }
  },
);
