import type { Worker } from "node:worker_threads";
import { internalError, MattelierError, messageOf } from "../util/errors.js";
import type { TensorData } from "../util/tensor-data.js";
import { disposedError } from "./aborted.js";
import { checkFeeds, checkOutputs } from "./check-feeds.js";
import type { Answer, Request, SessionFacts } from "./node-messages.js";
import type { SerialQueue } from "./serial-queue.js";
import type { ProviderName, RunOptions, Session, TensorInfo } from "./session.js";
import { packTensors } from "./transfer.js";

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: MattelierError) => void;
}

/**
 * One end of a conversation with a session's thread: a request, an answer, a request... An idle thread does not keep
 * the process alive. When it dies, whatever it was asked or is asked fails with `runtime-failed`.
 */
export class Conversation {
  readonly #worker: Worker;
  readonly #where: string;
  readonly #onDeath: (error: MattelierError) => void;
  #pending: Pending | undefined;
  #cause: unknown;
  #dead: MattelierError | undefined;

  constructor(worker: Worker, where: string, onDeath: (error: MattelierError) => void) {
    this.#worker = worker;
    this.#where = where;
    this.#onDeath = onDeath;
    worker.unref();
    worker.on("message", (answer: Answer) => {
      this.#settle((pending) => {
        if (answer.kind === "failed") pending.reject(new MattelierError(answer.facts));
        else pending.resolve(answer);
      });
    });
    worker.on("messageerror", (error) => {
      this.#settle(({ reject }) => {
        reject(internalError(where, "an answer that can be read", messageOf(error)));
      });
    });
    worker.on("error", (error) => (this.#cause = error));
    worker.on("exit", (code) => {
      this.#die(code);
    });
  }

  ask(request: Request, buffers: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, buffers);
      this.#pending = { resolve, reject };
      this.#worker.ref();
    });
  }

  /** End the thread. A computation that is under way is finished first: nothing can interrupt it. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle(how: (pending: Pending) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#worker.unref();
    if (pending !== undefined) how(pending);
  }

  #die(exitCode: number): void {
    const why = this.#cause === undefined ? `it ended with exit code ${exitCode}` : messageOf(this.#cause);
    this.#dead = new MattelierError({
      code: "runtime-failed",
      where: this.#where,
      expected: "the thread that holds the session to live",
      got: why,
      fix: "create a new session; if memory ran out, take a smaller batch or input size",
      cause: this.#cause,
    });
    const dead = this.#dead;
    this.#settle(({ reject }) => {
      reject(dead);
    });
    this.#onDeath(dead);
  }
}

/** A session that lives in another thread. */
export class RemoteSession implements Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly provider: ProviderName;
  readonly reason: string;
  readonly #where: string;
  readonly #conversation: Conversation;
  readonly #queue: SerialQueue;
  #disposal: Promise<void> | undefined;

  constructor(facts: SessionFacts, where: string, conversation: Conversation, queue: SerialQueue) {
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
