import { Worker } from "node:worker_threads";
import { internalError, messageOf, workerUrl } from "../../util/index.js";
import { BatchFiller } from "./batch-filler.js";
import { viewsOf } from "./batch-memory.js";
import { PictureCache } from "./picture-cache.js";
import { workThrough } from "./work-through.js";
import type { BatchJob, FromWorker, WorkerStart } from "./worker-protocol.js";

/** Who fills batches. */
export interface Crew {
  post(job: BatchJob): void;
  dispose(): Promise<void>;
}

export interface CrewEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** An error that is no message: of a job in this thread, or a thread that ended. */
  readonly onError: (error: unknown) => void;
}

/** Worker threads; a picture that one of them caches goes to the others. */
export function threadCrew(count: number, start: WorkerStart, { onMessage, onError }: CrewEvents): Crew {
  const url = workerUrl(import.meta.url, "./loader-worker.js");
  // Here the cache only keeps the books: which pictures are known already.
  const books = new PictureCache(new Int32Array(start.cacheLeft));
  let isDisposed = false;
  const workers = Array.from({ length: count }, () => new Worker(url, { workerData: start }));
  for (const worker of workers) {
    worker.on("message", (message: FromWorker) => {
      if (message.kind !== "cached") onMessage(message);
      else if (books.adopt(message.picture)) {
        for (const other of workers) if (other !== worker) other.postMessage(message);
      } else books.giveBack(message.picture);
    });
    worker.on("error", (error) => {
      if (!isDisposed) onError(internalError("loader thread", "to go on", messageOf(error)));
    });
    worker.on("exit", (code) => {
      if (!isDisposed) onError(internalError("loader thread", "to go on", `exit code ${code}`));
    });
  }
  return {
    post: (job) => {
      for (const worker of workers) worker.postMessage(job);
    },
    dispose: async () => {
      isDisposed = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** This thread alone: for tests, small sets, and where threads are not wanted. */
export function ownCrew(start: WorkerStart, { onMessage, onError }: CrewEvents): Crew {
  const filler = new BatchFiller(start.recipe, new PictureCache(new Int32Array(start.cacheLeft)));
  const jobs: BatchJob[] = [];
  let working: Promise<void> | undefined;
  let isDisposed = false;
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined && !isDisposed; job = jobs.shift()) {
      const { id } = job;
      await workThrough(job, filler, viewsOf(start.slots[job.slot]!, start.recipe), (filled) => {
        if (!isDisposed) onMessage({ kind: "filled", job: id, filled });
      });
    }
    working = undefined;
  };
  return {
    post: (job) => {
      jobs.push(job);
      working ??= work().catch(onError);
    },
    dispose: async () => {
      isDisposed = true;
      await working;
    },
  };
}
