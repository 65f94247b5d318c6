import { expect, it } from "vitest";
import { MattelierError } from "../util/errors.js";
import { webProvidersToTry, webProviderStates, type BrowserFacts } from "./web-providers.js";

const gpu: BrowserFacts = { wasm: true, secure: true, gpu: "hardware" };
const none: BrowserFacts = { wasm: true, secure: false, gpu: { missing: "this browser has no WebGPU" } };

it("auto takes a real GPU first, a software one never", () => {
  expect(webProvidersToTry("auto", gpu)).toEqual({ names: ["webgpu", "wasm"], passedOver: [] });
  expect(webProvidersToTry("auto", { ...gpu, gpu: "software" })).toEqual({
    names: ["wasm"],
    passedOver: ["webgpu: the browser computes it on the CPU"],
  });
  expect(webProvidersToTry("auto", none).names).toEqual(["wasm"]);
});

it("lists what is there, and why the rest is not", () => {
  expect(webProviderStates(none)).toEqual([
    {
      name: "webgpu",
      installed: false,
      reason: "this browser has no WebGPU, and the page is not served over https",
    },
    { name: "wasm", installed: true },
  ]);
});

it("a provider asked for and missing is an error that says how to get it", () => {
  expect(webProvidersToTry("webgpu", { ...gpu, gpu: "software" }).names).toEqual(["webgpu"]);
  const error = errorOf(() => webProvidersToTry("webgpu", none));
  expect(error.code).toBe("provider-missing");
  expect(error.got).toContain("no WebGPU");
  expect(error.fix).toMatch(/https.*Chrome.*or take wasm$/);
  expect(errorOf(() => webProvidersToTry("wasm", { ...gpu, wasm: false })).fix).toMatch(/SIMD/);
  expect(errorOf(() => webProvidersToTry("wams" as "wasm", gpu)).message).toContain('"wasm"');
});

function errorOf(body: () => unknown): MattelierError {
  try {
    body();
  } catch (error) {
    if (error instanceof MattelierError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
