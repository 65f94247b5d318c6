// What web.test.ts runs in a page.
import { tinyBatch, tinyUnet } from "./tiny-unet.test-support.js";
import { createWebTrainStep, type WebStepOptions } from "./web.js";

export const api = {
  /** Losses of some steps. */
  async train({ steps, ...options }: { readonly steps: number } & WebStepOptions): Promise<number[]> {
    const step = await createWebTrainStep(tinyUnet(), { ...options, wasmPaths: "/ort/" });
    const losses: number[] = [];
    for (let t = 0; t < steps; t++) losses.push((await step.step(tinyBatch(t % 2))).loss);
    await step.dispose();
    return losses;
  },
};

Object.assign(globalThis, { testPage: api });
