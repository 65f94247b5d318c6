import { internalError, MattelierError, messageOf } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import { disposedError } from "./aborted.js";
import { checkFeeds, checkOutputs } from "./check-feeds.js";
import type { Answer, Request, SessionFacts } from "./messages.js";
import { SerialQueue } from "./serial-queue.js";
import type { ProviderName, RunOptions, Session, TensorInfo } from "./session.js";
import { ownBytes, packTensors } from "./transfer.js";

/** What comes over a line. */
export interface Listener {
  answer(answer: Answer): void;
  /** A message that could not be read. */
  unreadable(why: unknown): void;
  /** The thread is no more. @param why in words; @param cause what it died of, if that is known */
  death(why: string, cause?: unknown): void;
}

/** The way to a thread that holds a session: Node's kind of worker, or a page's. */
export interface Line<Options> {
  listen(listener: Listener): void;
  /** @throws DOMException `DataCloneError` for buffers that cannot be given away */
  send(request: Request<Options>, buffers: ArrayBuffer[]): void;
  /** Whether an answer is awaited. A thread with nothing to do need not keep the process alive. */
  wait(waiting: boolean): void;
  /** End the thread. */
  end(): Promise<void>;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: MattelierError) => void;
}

/**
 * A conversation with a session's thread: a request, an answer, a request... When the thread dies, whatever it was
 * asked or is asked fails with `runtime-failed`.
 */
class Conversation<Options> {
  readonly #line: Line<Options>;
  readonly #where: string;
  readonly #onDeath: (error: MattelierError) => void;
  #pending: Pending | undefined;
  #dead: MattelierError | undefined;

  constructor(line: Line<Options>, where: string, onDeath: (error: MattelierError) => void) {
    this.#line = line;
    this.#where = where;
    this.#onDeath = onDeath;
    line.wait(false);
    line.listen({
      answer: (answer) => {
        this.#settle((pending) => {
          if (answer.kind === "failed") pending.reject(new MattelierError(answer.facts));
          else pending.resolve(answer);
        });
      },
      unreadable: (why) => {
        this.#settle(({ reject }) => {
          reject(internalError(where, "an answer that can be read", messageOf(why)));
        });
      },
      death: (why, cause) => {
        this.#die(why, cause);
      },
    });
  }

  ask(request: Request<Options>, buffers: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#line.send(request, buffers);
      this.#pending = { resolve, reject };
      this.#line.wait(true);
    });
  }

  end(): Promise<void> {
    return this.#line.end();
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#line.wait(false);
    if (pending !== undefined) how(pending);
  }

  #die(why: string, cause: unknown): void {
    const dead = (this.#dead ??= new MattelierError({
      code: "runtime-failed",
      where: this.#where,
      expected: "the thread that holds the session to live",
      got: why,
      fix: "create a new session; if memory ran out, take a smaller batch or input size",
      cause,
    }));
    this.#settle(({ reject }) => {
      reject(dead);
    });
    this.#onDeath(dead);
  }
}

/** What to create at the other end of a line. */
export interface RemoteRequest<Options> {
  readonly model: string | Uint8Array;
  readonly options: Options;
  /** Names the model in errors. */
  readonly where: string;
  /** Give the model's memory away instead of copying it. */
  readonly transferModel?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Create a session in the thread at the other end of a line. The line ends when that fails. */
export async function createRemote<Options>(
  line: Line<Options>,
  { model, options, where, transferModel = false, signal }: RemoteRequest<Options>,
): Promise<Session> {
  const queue = new SerialQueue(where);
  const conversation = new Conversation(line, where, (error) => void queue.close(error));
  try {
    const bytes = typeof model === "string" ? undefined : ownBytes(model, transferModel);
    const request = { kind: "create", model: bytes ?? (model as string), options } as const;
    const create = (): Promise<Session> =>
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

/** A session that lives in another thread. */
class RemoteSession<Options> implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly provider: ProviderName;
  readonly reason: string;
  readonly #where: string;
  readonly #conversation: Conversation<Options>;
  readonly #queue: SerialQueue;
  #disposal: Promise<void> | undefined;

  constructor(facts: SessionFacts, where: string, conversation: Conversation<Options>, queue: SerialQueue) {
    this.inputs = facts.inputs;
    this.outputs = facts.outputs;
    this.provider = facts.provider;
    this.reason = facts.reason;
    this.#where = where;
    this.#conversation = conversation;
    this.#queue = queue;
  }

  async run(
    feeds: Readonly<Record<string, TensorData>>,
    { outputs, signal, transfer = false }: RunOptions = {},
  ): Promise<Record<string, TensorData>> {
    checkFeeds(this.inputs, feeds, this.#where);
    const wanted = checkOutputs(this.outputs, outputs, this.#where);
    return this.#queue.add(async () => {
      const answer = await this.#send(feeds, wanted, transfer);
      if (answer.kind !== "outputs") throw internalError(this.#where, "outputs", answer.kind);
      return answer.outputs;
    }, signal);
  }

  dispose(): Promise<void> {
    return (this.#disposal ??= this.#end());
  }

  async #send(
    feeds: Readonly<Record<string, TensorData>>,
    outputs: readonly string[],
    give: boolean,
  ): Promise<Answer> {
    const packed = packTensors(feeds, give);
    try {
      return await this.#conversation.ask({ kind: "run", feeds: packed.tensors, outputs }, packed.buffers);
    } catch (error) {
      // Some buffers belong to native code and cannot be given away.
      if (give && error instanceof DOMException && error.name === "DataCloneError")
        return this.#send(feeds, outputs, false);
      throw error;
    }
  }

  async #end(): Promise<void> {
    await this.#queue.close(disposedError(this.#where));
    try {
      await this.#conversation.ask({ kind: "dispose" });
    } catch {
      // A thread that is dead has freed everything.
    }
    await this.#conversation.end();
  }
}
