import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CPU } from "../ops/lowering/index.js";
import { noBrowser, openTestPage, type TestPage } from "../runtime/browser.test-support.js";
import { createNodeTrainStep } from "./node.js";
import { tinyBatch, tinyUnet } from "./tiny-unet.test-support.js";
import type { api } from "./web-page.test-support.js";

const STEPS = 10;
const SEED = 7;

describe.skipIf(noBrowser !== undefined)(`training in Chromium ${noBrowser ?? ""}`, () => {
  let page: TestPage<typeof api>;
  const here: number[] = [];

  beforeAll(async () => {
    page = await openTestPage(new URL("./web-page.test-support.ts", import.meta.url), { wasm: "served" });
    // The same graph: blocked convolutions round otherwise, and Adam makes much of small differences.
    const definition = { ...tinyUnet(), lowering: { target: CPU } };
    const step = await createNodeTrainStep(definition, { seed: SEED, inThread: "here" });
    for (let t = 0; t < STEPS; t++) here.push((await step.step(tinyBatch(t % 2))).loss);
    await step.dispose();
  }, 120_000);
  afterAll(() => page.close());

  for (const inThread of ["worker", "here"] as const)
    it(`${STEPS} steps of a U-Net on WebAssembly give Node's losses, in thread "${inThread}"`, async () => {
      const losses = await page.call("train", { steps: STEPS, seed: SEED, inThread, threads: 2 });
      expect(losses).toHaveLength(STEPS);
      losses.forEach((loss, t) => {
        expect(Math.abs(loss - here[t]!)).toBeLessThan(1e-4);
      });
      // It learns, and so the later steps are of moved weights.
      expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.01);
    });
});
