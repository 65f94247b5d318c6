import { describe, expect, it } from "vitest";
import { MattelierError } from "../util/errors.js";
import { sizeOf } from "../util/tensor-data.js";
import { identity, f32 } from "./models.test-support.js";
import { createNodeSession, nodeProviders } from "./node.js";
import { providersToTry, providerStates, reasonFor, type OrtBuild } from "./node-providers.js";

const build = (platform: string, ...backends: string[]): OrtBuild => ({
  backends: backends.map((name) => ({ name })),
  version: "1.30.0",
  folder: "/ort",
  platform,
});
const linux = build("linux x64", "cpu", "webgpu", "cuda", "tensorrt");
const windows = build("win32 x64", "cpu", "dml", "webgpu");
const nothing = (): boolean => false;
const everything = (): boolean => true;

describe("which providers are tried", () => {
  it.each([
    ["a GPU's libraries there", linux, everything, ["cuda", "cpu"], []],
    ["a GPU's libraries not installed", linux, nothing, ["cpu"], ["cuda"]],
    ["Windows", windows, nothing, ["dml", "cpu"], []],
    ["a build of the CPU alone", build("linux arm64", "cpu"), nothing, ["cpu"], []],
  ])("auto, %s", (_, ort, has, names, passedOver) => {
    expect(providersToTry("auto", ort, has)).toEqual({ names, passedOver });
  });

  it("the one that is named, and no other", () => {
    expect(providersToTry("cuda", linux, everything).names).toEqual(["cuda"]);
    expect(providersToTry("webgpu", linux, nothing).names).toEqual(["webgpu"]);
  });

  it.each([
    ["cuda", linux, "libonnxruntime_providers_cuda.so is not installed", "ONNXRUNTIME_NODE_INSTALL=cuda12"],
    ["tensorrt", linux, "libonnxruntime_providers_tensorrt.so is not installed", "TensorRT 10"],
    ["coreml", linux, "onnxruntime-node for linux x64 does not have it", "on macOS only"],
    ["dml", linux, "onnxruntime-node for linux x64 does not have it", "on Windows only"],
    ["webgpu", build("linux arm64", "cpu"), "linux arm64 does not have it", "Vulkan"],
  ] as const)("%s missing is an error that says how to get it", (name, ort, got, fix) => {
    const error = thrownBy(() => providersToTry(name, ort, nothing));
    expect(error).toMatchObject({ code: "provider-missing", where: `provider ${name}` });
    expect(error.got).toContain(got);
    expect(error.fix).toContain(fix);
    expect(error.fix).toContain("or take one that is installed: cpu");
  });

  it("a name that does not exist suggests the nearest", () => {
    expect(thrownBy(() => providersToTry("cud" as "cuda", linux)).fix).toContain('"cuda"');
  });

  it("every provider has a state, and a reason when it is not there", () => {
    for (const { installed, reason } of providerStates(linux, nothing))
      expect(installed).toBe(reason === undefined);
    expect(providerStates(windows, nothing).map(({ name }) => name)).toHaveLength(6);
  });
});

it("says why in a few words", () => {
  expect(reasonFor("cpu", [])).toBe("asked for by name");
  expect(reasonFor("auto", [])).toBe("auto");
  expect(reasonFor(undefined, ["cuda does not work here: no\n  device"])).toBe(
    "auto; cuda does not work here: no device",
  );
});

describe("sessions here", () => {
  it("auto takes one that nodeProviders lists as installed, and it runs", async () => {
    const session = await createNodeSession(identity("float32"));
    try {
      const installed = (await nodeProviders()).filter((state) => state.installed).map(({ name }) => name);
      expect(installed).toContain(session.provider);
      expect(session.reason).toMatch(/^auto/);
      const { y } = await session.run({ x: f32([3], [1, 2, 3]) });
      expect(sizeOf(y!.shape)).toBe(3);
    } finally {
      await session.dispose();
    }
  });

  it("never runs on the CPU in place of a provider that was asked for", async () => {
    const missing = (await nodeProviders()).find((state) => !state.installed)!;
    for (const inThread of ["worker", "here"] as const)
      await expect(
        createNodeSession(identity("float32"), { provider: missing.name, inThread }),
      ).rejects.toMatchObject({ code: "provider-missing", fix: expect.stringContaining("cpu") as string });
  });
});

function thrownBy(call: () => unknown): MattelierError {
  try {
    call();
  } catch (error) {
    if (error instanceof MattelierError) return error;
  }
  throw new Error("expected a MattelierError");
}
