import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import { internalError, type MattelierError } from "../util/errors.js";
import { workerUrl } from "../util/worker-url.js";
import { abortedBy } from "./aborted.js";
import type { NodeSessionOptions, PlainNodeOptions } from "./node-options.js";
import type { ProviderState } from "./node-providers.js";
import { Conversation, RemoteSession } from "./node-remote.js";
import { SerialQueue } from "./serial-queue.js";
import type { Session } from "./session.js";
import { ownBytes } from "./transfer.js";

export type { NodeSessionOptions } from "./node-options.js";
export type { NodeProvider, ProviderState } from "./node-providers.js";

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
  const { signal, inThread = "worker", transferModel = false, ...plain } = options;
  const where = typeof model === "string" ? basename(model) : "model";
  signalCheck(signal, where);
  if (inThread === "worker") return createRemote(model, plain, where, transferModel, signal);
  const { createHere } = await import("./node-here.js");
  const session = await createHere(model, plain);
  try {
    signalCheck(signal, where);
  } catch (error) {
    await session.dispose();
    throw error;
  }
  return session;
}

function signalCheck(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted === true) throw abortedBy(signal, where);
}

/** Every provider and whether it is installed. Loads the runtime into the calling thread. */
export async function nodeProviders(): Promise<readonly ProviderState[]> {
  const [{ listSupportedBackends }, { ortBuild, providerStates }] = await Promise.all([
    import("onnxruntime-node"),
    import("./node-providers.js"),
  ]);
  return providerStates(ortBuild(listSupportedBackends()));
}

async function createRemote(
  model: string | Uint8Array,
  options: PlainNodeOptions,
  where: string,
  transferModel: boolean,
  signal: AbortSignal | undefined,
): Promise<Session> {
  // The thread needs none of this one's loaders: it runs built code.
  const worker = new Worker(workerUrl(import.meta.url, "./node-worker.js"), {
    name: `session of ${where}`,
    execArgv: [],
  });
  return converse(worker, model, options, where, transferModel, signal);
}

/** Create a session in a thread that answers as node-worker.ts does. */
export async function converse(
  worker: Worker,
  model: string | Uint8Array,
  options: PlainNodeOptions,
  where: string,
  transferModel = false,
  signal?: AbortSignal,
): Promise<Session> {
  const queue = new SerialQueue(where);
  const onDeath = (error: MattelierError): void => void queue.close(error);
  const conversation = new Conversation(worker, where, onDeath);
  try {
    const bytes = typeof model === "string" ? undefined : ownBytes(model, transferModel);
    const request = { kind: "create", model: bytes ?? (model as string), options } as const;
    const create = (): Promise<RemoteSession> =>
      conversation.ask(request, bytes === undefined ? [] : [bytes.buffer]).then((answer) => {
        if (answer.kind !== "created") throw internalError(where, "a session", answer.kind);
        return new RemoteSession(answer.session, where, conversation, queue);
      });
    return await queue.add(create, signal);
  } catch (error) {
    void conversation.end();
    throw error;
  }
}
