import type { InferenceSession } from "onnxruntime-common";
import type { Place } from "./place-session.js";
import type { SessionOptions } from "./session.js";
import type { WebProvider } from "./web-providers.js";

export interface WebSessionOptions extends SessionOptions {
  /**
   * Default `auto`: WebGPU on a real GPU, else WebAssembly; `session.provider` and `session.reason` say which and why.
   */
  readonly provider?: WebProvider | "auto";
  /**
   * Threads of WebAssembly; by default half the logical cores, at most four. More than one needs a page that is
   * cross-origin isolated; elsewhere there is one, and `session.reason` says so.
   */
  readonly threads?: number;
  /**
   * Where ONNX Runtime's `ort-wasm-simd-threaded*.mjs` and `.wasm` are served: a URL that ends in a slash. Left out,
   * they are where the bundler has put them.
   */
  readonly wasmPaths?: string;
  /**
   * Makes the worker, for bundlers that do not follow `new Worker(new URL(…))`. Its entry is
   * `@mattelier/core/runtime/web-worker`, a module.
   */
  readonly worker?: () => Worker;
}

/** What crosses to the worker of the session. */
export type PlainWebOptions = Omit<WebSessionOptions, Place | "worker">;

/** Our options as onnxruntime-web's. */
export function ortWebOptions(
  { optimisation = "all", config = {} }: PlainWebOptions,
  provider: WebProvider,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    graphOptimizationLevel: optimisation === "none" ? "disabled" : optimisation,
    enableMemPattern: false,
    executionMode: "sequential",
    logSeverityLevel: 4,
    extra: config,
  };
}
