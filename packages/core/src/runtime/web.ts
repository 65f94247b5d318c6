import { placeSession } from "./place-session.js";
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
  const { signal, inThread, transferModel, worker, ...plain } = options;
  // A worker's own base is its script.
  const source = typeof model === "string" ? absolute(model) : model;
  const settings = plain.wasmPaths === undefined ? plain : { ...plain, wasmPaths: absolute(plain.wasmPaths) };
  return placeSession(
    {
      where: nameOfModel(model),
      model: source,
      line: () => webLine(worker),
      here: async () => (await import("./web-here.js")).createHere,
    },
    { signal, inThread, transferModel },
    settings,
  );
}

/** Every provider and whether this browser has it. */
export async function webProviders(): Promise<readonly ProviderState<WebProvider>[]> {
  return webProviderStates(await browserFacts());
}

function absolute(url: string): string {
  const base = typeof document === "undefined" ? location.href : document.baseURI;
  return new URL(url, base).href;
}
