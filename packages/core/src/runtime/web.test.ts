import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noBrowser, openTestPage, type TestPage } from "./browser.test-support.js";
import { casesOf, SUITES, type api, type Suite } from "./web-page.test-support.js";

// Chromium's own software rasteriser stands in for a GPU.
const SWIFTSHADER = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

describe(`onnxruntime-web in Chromium`, () => {
  let page: TestPage<typeof api>;
  let hasWebGpu: boolean;

  beforeAll(async () => {
    if (noBrowser !== undefined) return;
    page = await openTestPage(new URL("./web-page.test-support.ts", import.meta.url), {
      switches: SWIFTSHADER,
    });
    hasWebGpu = (await page.call("providers")).some(({ name, installed }) => name === "webgpu" && installed);
  }, 120_000);
  afterAll(() => page.close());

  for (const suite of Object.keys(SUITES) as Suite[])
    describe(`session on ${suite}`, () => {
      for (const [index, { name, skip }] of casesOf(suite).entries())
        it(name, async (context) => {
          if (noBrowser !== undefined) context.skip(noBrowser);
          if (skip !== undefined) context.skip(skip);
          if (suite.startsWith("webgpu") && !hasWebGpu) context.skip("this Chromium has no software WebGPU");
          await page.call("check", [suite, index]);
        });
    });

  describe.skipIf(noBrowser !== undefined)("adapter", () => {
    it("takes several threads where the page is isolated, and says why it takes one where not", async () => {
      expect(await page.call("tryOut", { provider: "wasm", threads: 2 })).toEqual({
        provider: "wasm",
        reason: "asked for by name; 2 threads",
        y: [2, 3, 4],
      });
      expect(await page.callNotIsolated("tryOut", { provider: "wasm", threads: 2 })).toMatchObject({
        reason: expect.stringMatching(/1 thread and not 2: .*Cross-Origin-Embedder-Policy/) as string,
        y: [2, 3, 4],
      });
    });

    it("does not take a software adapter by itself, and says so", async (context) => {
      if (!hasWebGpu) context.skip("this Chromium has no software WebGPU");
      expect(await page.call("tryOut", {})).toMatchObject({
        provider: "wasm",
        reason: expect.stringContaining("webgpu: the browser computes it on the CPU") as string,
      });
      expect(await page.call("tryOut", { provider: "webgpu" })).toEqual({
        provider: "webgpu",
        reason: "asked for by name; on a software adapter",
        y: [2, 3, 4],
      });
    });

    it("fetches models", async () => {
      expect(await page.call("fromBlob")).toMatchObject({ y: [2, 3, 4] });
      const { error } = (await page.call("fromUrl", "nowhere/u2net.onnx?v=2")) as {
        error: { code: string; where: string };
      };
      expect(error.code).toBe("not-found");
      expect(error.where).toMatch(/^http:.*\/nowhere\/u2net\.onnx\?v=2$/);
    });

    it("tells of a worker that does not load", async () => {
      expect(await page.call("withoutItsScript")).toMatchObject({
        error: { code: "runtime-failed", got: "the worker's script could not be loaded" },
      });
    });

    it("leaves the page responsive", async () => {
      const { pause, took } = await page.call("longestPause");
      expect(pause).toBeLessThan(took / 2);
    });
  });
});
