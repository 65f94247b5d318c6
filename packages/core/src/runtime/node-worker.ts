// Entry of the thread that holds one session. See node-messages.ts for what it is told and answers.
import { parentPort } from "node:worker_threads";
import { internalError, MattelierError } from "../util/errors.js";
import { createHere } from "./node-here.js";
import type { Answer, Request } from "./node-messages.js";
import { runError } from "./ort-errors.js";
import type { Session } from "./session.js";
import { freeArrays, packTensors } from "./transfer.js";

const port = parentPort;
if (port === null) throw internalError("session worker", "to be a worker thread", "the main one");

let session: Session | undefined;

async function answer(request: Request): Promise<[answer: Answer, buffers?: ArrayBuffer[]]> {
  switch (request.kind) {
    case "create": {
      session = await createHere(request.model, request.options);
      if (typeof request.model !== "string") freeArrays([request.model]);
      const { inputs, outputs, provider, reason } = session;
      return [{ kind: "created", session: { inputs, outputs, provider, reason } }];
    }
    case "run": {
      const results = await live(session).run(request.feeds, { outputs: request.outputs });
      freeArrays(Object.values(request.feeds).map(({ data }) => data));
      const { tensors, buffers } = packTensors(results, true);
      return [{ kind: "outputs", outputs: { ...tensors } }, buffers];
    }
    case "dispose":
      await session?.dispose();
      session = undefined;
      return [{ kind: "disposed" }];
  }
}

function live(held: Session | undefined): Session {
  if (held === undefined) throw internalError("session worker", "a session", "none");
  return held;
}

port.on("message", (request: Request) => {
  answer(request).then(
    ([reply, buffers]) => {
      port.postMessage(reply, buffers);
    },
    (error: unknown) => {
      const known = error instanceof MattelierError ? error : runError(error, "session worker");
      port.postMessage({ kind: "failed", facts: known.toFacts() } satisfies Answer);
    },
  );
});
