// Entry of the thread that trains. See node-messages.ts for what it is asked and answers.
import { parentPort } from "node:worker_threads";
import { createNodeDevice } from "../runtime/node-device.js";
import { createHere } from "../runtime/node-here.js";
import type { PlainNodeOptions } from "../runtime/node-options.js";
import { createNodeSession } from "../runtime/node.js";
import { internalError, MattelierError, messageOf } from "../util/index.js";
import { openGraphRunner } from "./graph-runner.js";
import { openHostRunner, type OpenReplicas } from "./host-runner.js";
import type { StepAnswer, StepRequest } from "./node-messages.js";
import { threadsOfReplica } from "./node-replicas.js";
import { ownBuffers } from "./own-buffers.js";
import type { StepRunner } from "./step-runner.js";

const port = parentPort;
if (port === null) throw internalError("training thread", "to be a worker thread", "the main one");

let runner: StepRunner | undefined;

async function answer(request: StepRequest): Promise<unknown> {
  if (request.method === "open") {
    const [init, { replicas = 1, ...options }] = request.args;
    runner =
      init.plan.optimiserIn === "graph"
        ? await openGraphRunner(init, createNodeDevice(options))
        : await openHostRunner(
            init,
            (model) => createHere(model, options),
            replicas === 1 ? undefined : sideBySide(replicas, options),
          );
    return undefined;
  }
  if (runner === undefined) throw internalError("training thread", "a step to be open", "none");
  const methods = runner as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
  return methods[request.method]!(...request.args);
}

/** Each in a thread of its own; this one moves weights, which takes little. */
const sideBySide =
  (replicas: number, options: PlainNodeOptions): OpenReplicas =>
  (model) => {
    const threads = threadsOfReplica(replicas, options.threads);
    const one = { ...options, threads };
    return Promise.all(Array.from({ length: replicas }, () => createNodeSession(model, one)));
  };

port.on("message", (request: StepRequest) => {
  answer(request).then(
    (result) => {
      const { value, buffers } = ownBuffers({ kind: "value", value: result } satisfies StepAnswer, true);
      port.postMessage(value, buffers);
    },
    (error: unknown) => {
      const known =
        error instanceof MattelierError
          ? error
          : internalError("training thread", "a known error", messageOf(error));
      port.postMessage({ kind: "failed", facts: known.toFacts() } satisfies StepAnswer);
    },
  );
});
