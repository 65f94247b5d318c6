import type { InferenceSession } from "onnxruntime-common";
import type { NodeProvider } from "./node-providers.js";
import type { Place } from "./place-session.js";
import type { SessionOptions } from "./session.js";

export interface NodeSessionOptions extends SessionOptions {
  /** Default `auto`: the best that works here by itself; `session.provider` and `session.reason` say which and why. */
  readonly provider?: NodeProvider | "auto";
  /** Reserve one block for all intermediate values after a first run. Default false: it raises the peak. */
  readonly memoryPattern?: boolean;
  /** Keep freed memory for the next run instead of giving it back. */
  readonly arena?: boolean;
  /**
   * Record how long every operator takes; when the session is disposed, ONNX Runtime writes it to a file whose name
   * begins with this path (Chrome's trace format). Costs a few per cent.
   */
  readonly profile?: string;
}

/** What crosses to the thread of the session. */
export type PlainNodeOptions = Omit<NodeSessionOptions, Place>;

/** Our options as onnxruntime-node's. */
export function ortOptions(
  options: PlainNodeOptions,
  provider: NodeProvider,
): InferenceSession.SessionOptions {
  const {
    threads,
    optimisation = "all",
    memoryPattern = false,
    arena = true,
    profile,
    config = {},
  } = options;
  return {
    executionProviders: [provider],
    graphOptimizationLevel: optimisation === "none" ? "disabled" : optimisation,
    enableMemPattern: memoryPattern,
    enableCpuMemArena: arena,
    executionMode: "sequential",
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile }),
    extra: nested(config),
  };
}

/** `{ "session.a.b": "1" }` → `{ session: { a: { b: "1" } } }`, the form in which the binding wants its entries. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const path = key.split(".");
    const leaf = path.pop()!;
    let at = root;
    for (const step of path) at = (at[step] ??= {}) as Record<string, unknown>;
    at[leaf] = value;
  }
  return root;
}
