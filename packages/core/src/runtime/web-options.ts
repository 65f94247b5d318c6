import type { InferenceSession } from "onnxruntime-common";
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
   * `worker` (default): in a Web Worker of its own, so that the page stays responsive. `here`: in the calling thread,
   * which `run` then blocks; for workers that do nothing else. All sessions there share the first one's threads.
   */
  readonly inThread?: "worker" | "here";
  /** With a model given as bytes and a worker: give its memory away instead of copying it. */
  readonly transferModel?: boolean;
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
export type PlainWebOptions = Omit<WebSessionOptions, "signal" | "inThread" | "transferModel" | "worker">;

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
