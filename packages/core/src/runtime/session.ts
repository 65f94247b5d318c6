import type { Shape } from "../graph/dim.js";
import type { DType } from "../util/dtype.js";
import type { TensorData } from "../util/tensor-data.js";

/** Where a model can run, by the names of ONNX Runtime's execution providers. */
export type ProviderName = "cpu" | "cuda" | "tensorrt" | "coreml" | "dml" | "webgpu" | "wasm";

/** One provider, as far as can be said without a session. */
export interface ProviderState<Name extends ProviderName = ProviderName> {
  readonly name: Name;
  /** Whether it is here: in the installed runtime, in the browser. */
  readonly installed: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** One input or output of a model. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes; a symbol is a string, `?` an unnamed one. Empty for a scalar and where the model does not say. */
  readonly shape: Shape;
}

export interface RunOptions {
  /** Which outputs to fetch; all when left out. */
  readonly outputs?: readonly string[];
  /**
   * Drops the run. One that waits its turn never starts; one that computes cannot be interrupted (ONNX Runtime
   * has no way from JavaScript): its promise rejects at once, the result is thrown away, the next run starts
   * when it is through.
   */
  readonly signal?: AbortSignal;
  /**
   * Give the feeds' memory away instead of copying it to where the session runs: the arrays are empty afterwards.
   * Arrays that are only part of their buffer, and shared ones, are copied all the same.
   */
  readonly transfer?: boolean;
}

/**
 * A model ready to run. Runs are taken one after the other, in the order of the calls; feeds must not change
 * before their run's promise settles. float16 is Uint16Array bits ({@link TensorData}).
 */
export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** The provider that really runs. Single operators that it does not have run on the CPU. */
  readonly provider: ProviderName;
  /** Why this provider. */
  readonly reason: string;

  /**
   * @throws MattelierError `unknown-name`, `invalid-argument`, `dtype-mismatch` or `shape-mismatch` for feeds that
   *   do not fit, listing what the model takes; `aborted`; `runtime-failed` when ONNX Runtime fails or the thread
   *   that holds the session dies
   */
  run(feeds: Readonly<Record<string, TensorData>>, options?: RunOptions): Promise<Record<string, TensorData>>;

  /** Free the session. Runs that wait are rejected (`aborted`); one that computes is waited for. May be called again. */
  dispose(): Promise<void>;
}

/** How much ONNX Runtime rewrites the graph when it loads it. */
export type Optimisation = "none" | "basic" | "extended" | "layout" | "all";

/** What every adapter takes. */
export interface SessionOptions {
  /** Compute threads of one run; ONNX Runtime's own choice (the physical cores) when left out. */
  readonly threads?: number;
  /** Default `all`. */
  readonly optimisation?: Optimisation;
  /** Sizes for symbols of the inputs' shapes, such as `{ batch: 1 }`. */
  readonly freeDimensions?: Readonly<Record<string, number>>;
  /** Run once with zeros before the session is handed out: the first real run is then as fast as the others. */
  readonly warmUp?: boolean;
  /**
   * `worker` (default): in a thread of its own (a page's is a Web Worker), so that the caller stays responsive. `here`:
   * in the calling thread, which `run` then blocks; for threads that do nothing else. In a page, sessions that live in
   * one thread share the first one's compute threads.
   */
  readonly inThread?: "worker" | "here";
  /** With a model given as bytes and a worker: give its memory away instead of copying it. */
  readonly transferModel?: boolean;
  /** Aborts the creation. */
  readonly signal?: AbortSignal;
  /** ONNX Runtime's session configuration entries, such as `{ "session.disable_prepacking": "1" }`. */
  readonly config?: Readonly<Record<string, string>>;
}
