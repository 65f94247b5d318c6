import { basename } from "node:path";
import { nodeLine } from "./node-line.js";
import type { NodeSessionOptions } from "./node-options.js";
import type { NodeProvider } from "./node-providers.js";
import { placeSession } from "./place-session.js";
import type { ProviderState, Session } from "./session.js";

export type { NodeSessionOptions } from "./node-options.js";
export { NODE_PROVIDERS, type NodeProvider } from "./node-providers.js";
export type { ProviderState } from "./session.js";

/**
 * A session on onnxruntime-node, by default in a thread of its own.
 *
 * @param model path of an .onnx or .ort file (the leanest: nothing of it passes through JavaScript), or its bytes
 * @throws MattelierError `provider-missing` when a provider asked for by name is not installed or does not work here;
 *   `invalid-model`, `unsupported`, `not-found`, `unreadable`, `unknown-name`; `aborted`; `runtime-failed`
 */
export async function createNodeSession(
  model: string | Uint8Array,
  options: NodeSessionOptions = {},
): Promise<Session> {
  const { signal, inThread, transferModel, ...plain } = options;
  const where = typeof model === "string" ? basename(model) : "model";
  return placeSession(
    {
      where,
      model,
      line: () => nodeLine(where),
      here: async () => (await import("./node-here.js")).createHere,
    },
    { signal, inThread, transferModel },
    plain,
  );
}

/** Every provider and whether it is installed. Loads the runtime into the calling thread. */
export async function nodeProviders(): Promise<readonly ProviderState<NodeProvider>[]> {
  const { build, providerStates } = await installed();
  return providerStates(build);
}

/**
 * The provider that a session would try first. Loads the runtime into the calling thread.
 * @throws MattelierError `unknown-name`, `provider-missing`
 */
export async function firstProvider(asked: NodeProvider | "auto"): Promise<NodeProvider> {
  const { build, providersToTry } = await installed();
  return providersToTry(asked, build).names[0]!;
}

/** The runtime's build, and what can be asked of it: both loaded when they are needed. */
async function installed() {
  const [{ listSupportedBackends }, providers] = await Promise.all([
    import("onnxruntime-node"),
    import("./node-providers.js"),
  ]);
  return { ...providers, build: providers.ortBuild(listSupportedBackends()) };
}
