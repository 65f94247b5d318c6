import { abortedBy } from "./aborted.js";
import { createRemote, type Line } from "./remote-session.js";
import type { Session, SessionOptions } from "./session.js";

/** Options that say where a session lives; the others cross to its thread. */
export type Place = "signal" | "inThread" | "transferModel";

/** The two ways to a session. */
export interface Ways<Options> {
  /** Names the model in errors. */
  readonly where: string;
  readonly model: string | Uint8Array;
  /** A thread of its own. */
  readonly line: () => Line<Options>;
  /** The calling thread; loaded when it is asked for, and the runtime with it. */
  readonly here: () => Promise<(model: string | Uint8Array, options: Options) => Promise<Session>>;
}

/**
 * Create a session where its options say, unless their signal aborts first.
 * @throws MattelierError `aborted`, and as the session's creation does
 */
export async function placeSession<Options>(
  { where, model, line, here }: Ways<Options>,
  {
    signal,
    inThread = "worker",
    transferModel = false,
  }: { readonly [Key in Place]: SessionOptions[Key] | undefined },
  options: Options,
): Promise<Session> {
  signalCheck(signal, where);
  if (inThread === "worker") return createRemote(line(), { model, options, where, transferModel, signal });
  const create = await here();
  const session = await create(model, options);
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
