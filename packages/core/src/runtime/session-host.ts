import { internalError, MattelierError } from "../util/errors.js";
import type { Answer, Request } from "./messages.js";
import { runError } from "./ort-errors.js";
import type { Session } from "./session.js";
import { freeArrays, packTensors } from "./transfer.js";

/** An answer, and the buffers that go with it. */
export type Reply = readonly [answer: Answer, buffers: ArrayBuffer[]];

/** A thread's side of a conversation (messages.ts): it holds one session and never fails to answer. */
export class SessionHost<Options> {
  readonly #create: (model: string | Uint8Array, options: Options) => Promise<Session>;
  #session: Session | undefined;

  constructor(create: (model: string | Uint8Array, options: Options) => Promise<Session>) {
    this.#create = create;
  }

  async reply(request: Request<Options>): Promise<Reply> {
    try {
      return await this.#answer(request);
    } catch (error) {
      const known = error instanceof MattelierError ? error : runError(error, "session worker");
      return [{ kind: "failed", facts: known.toFacts() }, []];
    }
  }

  async #answer(request: Request<Options>): Promise<Reply> {
    switch (request.kind) {
      case "create": {
        this.#session = await this.#create(request.model, request.options);
        if (typeof request.model !== "string") freeArrays([request.model]);
        const { inputs, outputs, provider, reason } = this.#session;
        return [{ kind: "created", session: { inputs, outputs, provider, reason } }, []];
      }
      case "run": {
        if (this.#session === undefined) throw internalError("session worker", "a session", "none");
        const results = await this.#session.run(request.feeds, { outputs: request.outputs });
        freeArrays(Object.values(request.feeds).map(({ data }) => data));
        const { tensors, buffers } = packTensors(results, true);
        return [{ kind: "outputs", outputs: { ...tensors } }, buffers];
      }
      case "dispose":
        await this.#session?.dispose();
        this.#session = undefined;
        return [{ kind: "disposed" }, []];
    }
  }
}
