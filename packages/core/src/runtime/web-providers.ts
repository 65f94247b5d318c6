import { MattelierError, messageOf } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";
import type { ProviderState } from "./session.js";

const WEB_PROVIDERS = ["webgpu", "wasm"] as const;

/** Providers that a browser can have. */
export type WebProvider = (typeof WEB_PROVIDERS)[number];

/** What the browser has, as far as providers care. */
export interface BrowserFacts {
  readonly wasm: boolean;
  /** Whether the page came over https or from this machine: WebGPU asks for it. */
  readonly secure: boolean;
  /** `software`: an adapter that computes on the CPU. */
  readonly gpu: "hardware" | "software" | { readonly missing: string };
}

const HOW_TO_GET: Readonly<Record<WebProvider, string>> = {
  webgpu:
    "serve the page over https, and take a browser with WebGPU on a GPU with a driver: Chrome or Edge 113, Safari 26, Firefox 141, or newer",
  wasm: "take a browser of 2023 or newer: WebAssembly with SIMD is needed",
};

/** Ask the browser. Works in pages and in workers. */
export async function browserFacts(): Promise<BrowserFacts> {
  return { wasm: hasSimd(), secure: globalThis.isSecureContext, gpu: await gpuKind() };
}

async function gpuKind(): Promise<BrowserFacts["gpu"]> {
  const gpu = (navigator as { readonly gpu?: GPU }).gpu;
  if (gpu === undefined) return { missing: "this browser has no WebGPU" };
  try {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) return { missing: "the browser finds no GPU that it may use" };
    return adapter.info.isFallbackAdapter ? "software" : "hardware";
  } catch (error) {
    return { missing: messageOf(error) };
  }
}

/** Every provider and whether the browser has it. */
export function webProviderStates({
  wasm,
  secure,
  gpu,
}: BrowserFacts): readonly ProviderState<WebProvider>[] {
  const noGpu = typeof gpu === "string" ? undefined : gpu.missing;
  return [
    noGpu === undefined
      ? { name: "webgpu", installed: true }
      : {
          name: "webgpu",
          installed: false,
          reason: secure ? noGpu : `${noGpu}, and the page is not served over https`,
        },
    wasm
      ? { name: "wasm", installed: true }
      : { name: "wasm", installed: false, reason: "this browser has no WebAssembly with SIMD" },
  ];
}

/**
 * The providers to try, in order, with those that were passed over. `auto` takes WebGPU on a real GPU only: a software
 * adapter would be slower than WebAssembly.
 * @throws MattelierError `unknown-name`; `provider-missing` when the one asked for is not there
 */
export function webProvidersToTry(
  asked: WebProvider | "auto",
  facts: BrowserFacts,
): { readonly names: readonly WebProvider[]; readonly passedOver: readonly string[] } {
  const states = webProviderStates(facts);
  if (asked !== "auto") {
    const state = states.find(({ name }) => name === asked);
    if (state === undefined) throw unknownName("provider", asked, ["auto", ...WEB_PROVIDERS]);
    if (!state.installed) throw webProviderMissing(asked, facts, state.reason!);
    return { names: [asked], passedOver: [] };
  }
  const passedOver = states.flatMap(({ name, reason }) =>
    reason === undefined ? [] : [`${name}: ${reason}`],
  );
  if (facts.gpu === "software") passedOver.push("webgpu: the browser computes it on the CPU");
  const names = states.filter(
    ({ name, installed }) => installed && !(name === "webgpu" && facts.gpu === "software"),
  );
  return { names: names.map(({ name }) => name), passedOver };
}

/** The error of a provider that is not there, or does not work. */
export function webProviderMissing(
  name: WebProvider,
  facts: BrowserFacts,
  why: string,
  cause?: unknown,
): MattelierError {
  const others = webProviderStates(facts).filter((state) => state.installed && state.name !== name);
  const instead = others.map((state) => `, or take ${state.name}`).join("");
  return new MattelierError({
    code: "provider-missing",
    where: `provider ${name}`,
    expected: "it to work in this browser",
    got: why,
    fix: HOW_TO_GET[name] + instead,
    cause,
  });
}

/** Does WebAssembly know v128? (The module is one function that drops such a constant.) */
function hasSimd(): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const header = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 4, 1, 0x60, 0, 0];
  const functions = [3, 2, 1, 0];
  const body = [0, 0xfd, 12, ...Array<number>(16).fill(0), 0x1a, 0x0b];
  const code = [10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(Uint8Array.from([...header, ...types, ...functions, ...code]));
}
