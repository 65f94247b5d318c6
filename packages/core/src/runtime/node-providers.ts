import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, platform } from "node:process";
import { dirname, join } from "node:path";
import { MattelierError, type ErrorFacts } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";
import type { ProviderState } from "./session.js";

/** Providers that onnxruntime-node can have, on one system or another. */
export const NODE_PROVIDERS = ["cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"] as const;

export type NodeProvider = (typeof NODE_PROVIDERS)[number];

/** What the installed onnxruntime-node says of itself. */
export interface OrtBuild {
  readonly backends: readonly { readonly name: string }[];
  readonly version: string;
  /** The folder of its libraries. */
  readonly folder: string;
  readonly platform: string;
}

/** Libraries that a provider needs beside the runtime and that are not in the package. */
const LIBRARIES: Readonly<Partial<Record<NodeProvider, string>>> = {
  cuda: "libonnxruntime_providers_cuda.so",
  tensorrt: "libonnxruntime_providers_tensorrt.so",
};

const HOW_TO_GET: Readonly<Record<NodeProvider, string>> = {
  cpu: "reinstall onnxruntime-node",
  cuda: "on Linux x64 with an NVIDIA GPU, CUDA 12 and cuDNN 9, run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node",
  tensorrt:
    "on Linux x64 with an NVIDIA GPU, CUDA 12, cuDNN 9 and TensorRT 10, run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node",
  coreml: "Core ML is in onnxruntime-node on macOS only",
  dml: "DirectML is in onnxruntime-node on Windows only",
  webgpu: "WebGPU needs a GPU and its driver: Vulkan on Linux (libvulkan1), Direct3D 12, or Metal",
};

/**
 * Providers that `auto` takes by itself, best first. Not TensorRT (it builds engines for minutes), not Core ML (it may
 * compute in half precision) and not WebGPU (a software adapter would be slower than the CPU): these by name only.
 */
const AUTO: readonly NodeProvider[] = ["cuda", "dml", "cpu"];

/** @param listed what `listSupportedBackends()` of onnxruntime-node gives */
export function ortBuild(listed: OrtBuild["backends"]): OrtBuild {
  const { root, version } = ortPackage();
  return {
    backends: listed,
    version,
    folder: join(root, "bin", "napi-v6", platform, arch),
    platform: `${platform} ${arch}`,
  };
}

/** Where onnxruntime-node is installed, and which. Does not load it. */
export function ortPackage(): { readonly root: string; readonly version: string } {
  const root = dirname(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")));
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  return { root, version };
}

/** Every provider and whether its libraries are there; whether its device works shows when a session is created. */
export function providerStates(build: OrtBuild, has = existsSync): readonly ProviderState<NodeProvider>[] {
  return NODE_PROVIDERS.map((name) => {
    if (!build.backends.some((backend) => backend.name === name))
      return { name, installed: false, reason: `onnxruntime-node for ${build.platform} does not have it` };
    const library = LIBRARIES[name];
    if (library !== undefined && !has(join(build.folder, library)))
      return { name, installed: false, reason: `${library} is not installed` };
    return { name, installed: true };
  });
}

/**
 * The providers to try, in order, and those passed over because a library of theirs is not installed. What the
 * runtime has on other systems only is not worth a word.
 * @throws MattelierError `unknown-name`; `provider-missing` when the one asked for is not installed
 */
export function providersToTry(
  asked: NodeProvider | "auto",
  build: OrtBuild,
  has = existsSync,
): { readonly names: readonly NodeProvider[]; readonly passedOver: readonly NodeProvider[] } {
  const states = providerStates(build, has);
  if (asked === "auto") {
    const known = AUTO.map((name) => states.find((state) => state.name === name)!);
    return {
      names: known.filter(({ installed }) => installed).map(({ name }) => name),
      passedOver: known
        .filter(({ name, installed }) => !installed && build.backends.some((b) => b.name === name))
        .map(({ name }) => name),
    };
  }
  const state = states.find(({ name }) => name === asked);
  if (state === undefined) throw unknownName("provider", asked, ["auto", ...NODE_PROVIDERS]);
  if (!state.installed) throw providerMissing(asked, build, state.reason!, undefined, has);
  return { names: [asked], passedOver: [] };
}

/**
 * Why a session runs where it runs, in a few words.
 * @param notes what stood in the way of better ones, as `cuda is not installed`
 */
export function reasonFor(asked: NodeProvider | "auto" | undefined, notes: readonly string[]): string {
  if (asked !== undefined && asked !== "auto") return "asked for by name";
  return ["auto", ...notes].join("; ").replaceAll(/\s+/g, " ");
}

/** The error of a provider that is not installed, or whose device does not work. */
export function providerMissing(
  name: NodeProvider,
  build: OrtBuild,
  why: string,
  cause?: unknown,
  has = existsSync,
): MattelierError {
  const installed = providerStates(build, has).filter((state) => state.installed && state.name !== name);
  const names = installed.map((state) => state.name).join(", ");
  const facts: ErrorFacts = {
    code: "provider-missing",
    where: `provider ${name}`,
    expected: `it to work with onnxruntime-node ${build.version} on ${build.platform}`,
    got: why,
    fix: `${HOW_TO_GET[name]}; or take one that is installed: ${names}, or auto`,
    cause,
  };
  return new MattelierError(facts);
}
