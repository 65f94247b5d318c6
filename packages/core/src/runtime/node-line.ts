import { Worker } from "node:worker_threads";
import { messageOf } from "../util/errors.js";
import { workerUrl } from "../util/worker-url.js";
import type { Answer } from "./messages.js";
import type { PlainNodeOptions } from "./node-options.js";
import type { Line } from "./remote-session.js";

/** A new thread of Node's that can hold a session. While it idles it does not keep the process alive. */
export function nodeLine(where: string): Line<PlainNodeOptions> {
  // The thread needs none of this one's loaders: it runs built code.
  const worker = new Worker(workerUrl(import.meta.url, "./node-worker.js"), {
    name: `session of ${where}`,
    execArgv: [],
  });
  return {
    listen(listener) {
      let cause: unknown;
      worker.on("message", (answer: Answer) => {
        listener.answer(answer);
      });
      worker.on("messageerror", (error) => {
        listener.unreadable(error);
      });
      worker.on("error", (error) => (cause = error));
      worker.on("exit", (code) => {
        listener.death(cause === undefined ? `it ended with exit code ${code}` : messageOf(cause), cause);
      });
    },
    send: (request, buffers) => {
      worker.postMessage(request, buffers);
    },
    wait: (waiting) => {
      if (waiting) worker.ref();
      else worker.unref();
    },
    // A computation that is under way is finished first: nothing can interrupt it.
    end: async () => {
      await worker.terminate();
    },
  };
}
