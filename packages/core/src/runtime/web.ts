import { abortedBy } from "./aborted.js";
import { createRemote } from "./remote-session.js";
import type { ProviderState, Session } from "./session.js";
import { webLine } from "./web-line.js";
import { nameOfModel } from "./web-model.js";
import type { WebSessionOptions } from "./web-options.js";
import { browserFacts, webProviderStates, type WebProvider } from "./web-providers.js";

export type { ProviderState } from "./session.js";
export type { WebSessionOptions } from "./web-options.js";
export type { WebProvider } from "./web-providers.js";

/**
 * A session on onnxruntime-web, by default in a Web Worker of its own.
 *
 * @param model URL of an .onnx or .ort file (relative to the page; the leanest: the worker fetches it), or its bytes
 * @throws MattelierError `provider-missing` when a provider asked for by name is not in this browser or does not work;
 *   `invalid-model`, `unsupported`, `not-found`, `download-failed`, `unknown-name`; `aborted`; `runtime-failed`
 */
export async function createWebSession(
  model: string | Uint8Array,
  options: WebSessionOptions = {},
): Promise<Session> {
  const { signal, inThread = "worker", transferModel = false, worker, ...plain } = options;
  const where = nameOfModel(model);
  signalCheck(signal, where);
  // A worker's own base is its script.
  const source = typeof model === "string" ? absolute(model) : model;
  const settings = plain.wasmPaths === undefined ? plain : { ...plain, wasmPaths: absolute(plain.wasmPaths) };
  if (inThread === "worker")
    return createRemote(webLine(worker), { model: source, options: settings, where, transferModel, signal });
  const { createHere } = await import("./web-here.js");
  const session = await createHere(source, settings);
  try {
    signalCheck(signal, where);
  } catch (error) {
    await session.dispose();
    throw error;
  }
  return session;
}

/** Every provider and whether this browser has it. */
export async function webProviders(): Promise<readonly ProviderState<WebProvider>[]> {
  return webProviderStates(await browserFacts());
}

function signalCheck(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted === true) throw abortedBy(signal, where);
}

function absolute(url: string): string {
  const base = typeof document === "undefined" ? location.href : document.baseURI;
  return new URL(url, base).href;
}
