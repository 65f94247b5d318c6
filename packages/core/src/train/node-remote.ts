import { Worker } from "node:worker_threads";
import { internalError, MattelierError, messageOf, workerUrl } from "../util/index.js";
import type { StepAnswer, StepCalls, StepMethod, StepRequest, ThreadOptions } from "./node-messages.js";
import { ownBuffers } from "./own-buffers.js";
import type { RunnerInit, StepRunner } from "./step-runner.js";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: MattelierError) => void;
}

/** Run a step in a thread of its own: the event loop stays free while ONNX Runtime computes. */
export async function openRemoteRunner(init: RunnerInit, options: ThreadOptions): Promise<StepRunner> {
  const thread = new StepThread();
  try {
    await thread.ask("open", init, options);
  } catch (error) {
    await thread.end();
    throw error;
  }
  return {
    run: (...args) => thread.ask("run", ...args),
    evaluate: (...args) => thread.ask("evaluate", ...args),
    diagnose: (...args) => thread.ask("diagnose", ...args),
    modelState: (...args) => thread.ask("modelState", ...args),
    optimiserState: () => thread.ask("optimiserState"),
    restore: (...args) => thread.ask("restore", ...args),
    async dispose() {
      if (!thread.isDead) await thread.ask("dispose");
      await thread.end();
    },
  };
}

/** One question at a time. An idle thread does not keep the process alive; a dead one fails whatever it is asked. */
class StepThread {
  readonly #worker: Worker;
  #pending: Pending | undefined;
  #cause: unknown;
  #dead: MattelierError | undefined;

  constructor() {
    // The thread needs none of this one's loaders: it runs built code.
    this.#worker = new Worker(workerUrl(import.meta.url, "./node-worker.js"), {
      name: "training step",
      execArgv: [],
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: StepAnswer) => {
      this.#settle(({ resolve, reject }) => {
        if (answer.kind === "failed") reject(new MattelierError(answer.facts));
        else resolve(answer.value);
      });
    });
    this.#worker.on("messageerror", (error) => {
      this.#settle(({ reject }) => {
        reject(internalError("training step", "an answer that can be read", messageOf(error)));
      });
    });
    this.#worker.on("error", (error) => (this.#cause = error));
    this.#worker.on("exit", (code) => {
      this.#die(code);
    });
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  ask<K extends StepMethod>(method: K, ...args: StepCalls[K]["args"]): Promise<StepCalls[K]["value"]> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise((resolve, reject) => {
      const { value } = ownBuffers({ method, args } as StepRequest, false);
      this.#worker.postMessage(value);
      this.#pending = { resolve: resolve as Pending["resolve"], reject };
      this.#worker.ref();
    });
  }

  /** What is being computed is finished first: nothing can interrupt it. */
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
    const dead = (this.#dead = new MattelierError({
      code: "runtime-failed",
      where: "training step",
      expected: "the thread that trains to live",
      got: why,
      fix: "compile the step anew and go on from a saved state; if memory ran out, train on smaller micro-batches",
      cause: this.#cause,
    }));
    this.#settle(({ reject }) => {
      reject(dead);
    });
  }
}
