import type * as OrtWasm from "onnxruntime-web/wasm";
import { MattelierError } from "../util/errors.js";
import { bindDimensions } from "./bind-dimensions.js";
import { creationError, isModelsFault, ortMessage } from "./ort-errors.js";
import { OrtSession } from "./ort-session.js";
import type { Session } from "./session.js";
import { fetchModel, nameOfModel } from "./web-model.js";
import { ortWebOptions, type PlainWebOptions } from "./web-options.js";
import { browserFacts, webProviderMissing, webProvidersToTry, type WebProvider } from "./web-providers.js";
import { chooseThreads } from "./web-threads.js";
import { warmUpSession } from "./warm-up.js";

type Ort = Pick<typeof OrtWasm, "InferenceSession" | "Tensor" | "env">;

/**
 * ONNX Runtime's builds. A page that never asks for WebGPU does not load what it needs: 17 MB, or 27 MB in browsers
 * whose WebAssembly cannot wait for promises (JSPI) and must be rewritten to do so. There a run that fails never
 * answers (1.30).
 */
const BUILDS = {
  wasm: () => import("onnxruntime-web/wasm"),
  jspi: () => import("onnxruntime-web/jspi"),
  asyncify: () => import("onnxruntime-web/webgpu"),
} as const satisfies Record<string, () => Promise<Ort>>;
type Build = keyof typeof BUILDS;

/** Threads of the builds that run in this thread. */
const running = new Map<Build, number>();

function buildFor(provider: WebProvider): Build {
  if (provider === "wasm") return "wasm";
  return "Suspending" in WebAssembly ? "jspi" : "asyncify";
}

/** A session in the calling thread. @throws as `createWebSession` does */
export async function createHere(model: string | Uint8Array, options: PlainWebOptions): Promise<Session> {
  const where = nameOfModel(model);
  const { provider: asked = "auto", freeDimensions = {} } = options;
  const facts = await browserFacts();
  const { names, passedOver } = webProvidersToTry(asked, facts);
  const fetched = typeof model === "string" ? await fetchModel(model) : model;
  const bytes =
    Object.keys(freeDimensions).length > 0 ? bindDimensions(fetched, freeDimensions, where) : fetched;
  const failed = [...passedOver];
  for (const provider of names) {
    const { ort, why } = await start(provider, options, where);
    let session: Session;
    try {
      const created = await ort.InferenceSession.create(bytes, ortWebOptions(options, provider));
      const how = provider === "wasm" ? why : `on a ${facts.gpu as string} adapter`;
      const reason = `${reasonFor(asked, failed)}; ${how}`;
      session = new OrtSession({ ort: created, tensor: ort.Tensor, where, provider, reason });
    } catch (error) {
      if (provider === "wasm" || isModelsFault(error)) throw creationError(error, where);
      if (asked === provider) throw webProviderMissing(provider, facts, ortMessage(error), error);
      failed.push(`${provider}: ${ortMessage(error)}`);
      continue;
    }
    if (options.warmUp === true) await warmUpSession(session, where);
    return session;
  }
  throw new MattelierError({
    code: "provider-missing",
    where: "provider auto",
    expected: "one that works in this browser",
    got: failed.join("; "),
    fix: "take a browser of 2023 or newer",
  });
}

/** Load a build and settle what cannot be changed later. */
async function start(
  provider: WebProvider,
  { threads: asked, wasmPaths }: PlainWebOptions,
  where: string,
): Promise<{ ort: Ort; why: string }> {
  const build = buildFor(provider);
  let ort: Ort;
  try {
    ort = await BUILDS[build]();
  } catch (error) {
    throw creationError(error, where);
  }
  const { threads, why } = chooseThreads(asked, {
    isolated: globalThis.crossOriginIsolated,
    logicalCores: navigator.hardwareConcurrency,
    running: running.get(build),
  });
  running.set(build, threads);
  ort.env.wasm.numThreads = threads;
  // What goes wrong is thrown.
  ort.env.logLevel = "fatal";
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return { ort, why };
}

function reasonFor(asked: WebProvider | "auto", failed: readonly string[]): string {
  if (asked !== "auto") return "asked for by name";
  return failed.length === 0
    ? "auto: the best that the browser has"
    : `auto: the best that works (${failed.join("; ")})`.replaceAll(/\s+/g, " ");
}
