import type { Answer } from "./messages.js";
import type { Line } from "./remote-session.js";
import type { PlainWebOptions } from "./web-options.js";

// Bundlers look for exactly this expression, and bundle the entry with all that it imports.
const newWorker = (): Worker => new Worker(new URL("./web-worker.js", import.meta.url), { type: "module" });

/** A new Web Worker that can hold a session. */
export function webLine(makeWorker: () => Worker = newWorker): Line<PlainWebOptions> {
  const worker = makeWorker();
  return {
    listen(listener) {
      worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
        listener.answer(data);
      });
      worker.addEventListener("messageerror", () => {
        listener.unreadable("a message that cannot be deserialised");
      });
      // Nothing in the entry throws; a worker that reports an error did not load, or ran out of memory.
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        worker.terminate();
        const { message } = event as { message?: string };
        listener.death(message ?? "the worker's script could not be loaded");
      });
    },
    send: (request, buffers) => {
      worker.postMessage(request, buffers);
    },
    // Workers live and die with their page.
    wait: () => undefined,
    end: () => {
      worker.terminate();
      return Promise.resolve();
    },
  };
}
