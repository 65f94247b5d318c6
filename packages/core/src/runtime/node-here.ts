import { readFile, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { InferenceSession, Tensor, listSupportedBackends } from "onnxruntime-node";
import { MattelierError } from "../util/errors.js";
import { bindDimensions } from "./bind-dimensions.js";
import { ortOptions, type PlainNodeOptions } from "./node-options.js";
import { ortBuild, providerMissing, providersToTry, reasonFor } from "./node-providers.js";
import { creationError, isModelsFault, ortMessage } from "./ort-errors.js";
import { OrtSession } from "./ort-session.js";
import type { Session } from "./session.js";
import { warmUpSession } from "./warm-up.js";

/** A session in the calling thread. @throws as `createNodeSession` does */
export async function createHere(model: string | Uint8Array, options: PlainNodeOptions): Promise<Session> {
  const where = nameOf(model);
  const build = ortBuild(listSupportedBackends());
  const { names, passedOver } = providersToTry(options.provider ?? "auto", build);
  const [source, config] = await modelSource(model, options, where);
  const notes = passedOver.map((name) => `${name} is not installed`);
  for (const provider of names) {
    let ort: InferenceSession;
    try {
      ort = await load(source, ortOptions({ ...options, config }, provider));
    } catch (error) {
      if (provider === "cpu" || isModelsFault(error)) throw creationError(error, where);
      if (options.provider === provider) throw providerMissing(provider, build, ortMessage(error), error);
      notes.push(`${provider} does not work here: ${ortMessage(error)}`);
      continue;
    }
    const reason = reasonFor(options.provider, notes);
    const session = new OrtSession({ ort, tensor: Tensor, where, provider, reason });
    return options.warmUp === true ? warmed(session, where) : session;
  }
  throw new MattelierError({
    code: "provider-missing",
    where: "provider auto",
    expected: "one that works",
    got: notes.join("; "),
    fix: "reinstall onnxruntime-node",
  });
}

async function warmed(session: Session, where: string): Promise<Session> {
  try {
    await warmUpSession(session, where);
  } catch (error) {
    await session.dispose();
    throw error;
  }
  return session;
}

/** What errors call a model. */
export const nameOf = (model: string | Uint8Array): string =>
  typeof model === "string" ? basename(model) : "model";

const load = (
  model: string | Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> =>
  typeof model === "string"
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);

/** The model as the runtime takes it: a path where it can be, bytes where sizes have to be bound. */
async function modelSource(
  model: string | Uint8Array,
  { freeDimensions = {}, config = {} }: PlainNodeOptions,
  where: string,
): Promise<[model: string | Uint8Array, config: Readonly<Record<string, string>>]> {
  const binds = Object.keys(freeDimensions).length > 0;
  if (typeof model !== "string")
    return [binds ? bindDimensions(model, freeDimensions, where) : model, config];
  await checkFile(model);
  if (!binds) return [model, config];
  const bytes = bindDimensions(await readFile(model), freeDimensions, where);
  // Weights in files beside the model are still found there.
  return [bytes, { "session.model_external_initializers_file_folder_path": dirname(model), ...config }];
}

async function checkFile(path: string): Promise<void> {
  const facts = { where: path, expected: "a model file" };
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
  } catch (cause) {
    throw new MattelierError({ ...facts, code: "not-found", got: "nothing there", cause });
  }
  if (!isFile) throw new MattelierError({ ...facts, code: "unreadable", got: "something that is no file" });
}
