import { parentPort, workerData } from "node:worker_threads";
import { internalError, MattelierError, messageOf } from "../../util/index.js";
import { BatchFiller } from "./batch-filler.js";
import { viewsOf } from "./batch-memory.js";
import { PictureCache } from "./picture-cache.js";
import { workThrough } from "./work-through.js";
import type { BatchJob, FromWorker, ToWorker, WorkerStart } from "./worker-protocol.js";

const { recipe, cacheLeft, slots } = workerData as WorkerStart;
const port = parentPort!;
const post = (message: FromWorker): void => {
  port.postMessage(message);
};
const cache = new PictureCache(new Int32Array(cacheLeft), (picture) => {
  post({ kind: "cached", picture });
});
const filler = new BatchFiller(recipe, cache);

/** Jobs are worked off in the order in which they came: the batch that is needed first is ready first. */
let last = Promise.resolve();

port.on("message", (message: ToWorker) => {
  if (message.kind === "cached") cache.adopt(message.picture);
  else last = last.then(() => work(message));
});

async function work(job: BatchJob): Promise<void> {
  try {
    await workThrough(job, filler, viewsOf(slots[job.slot]!, recipe), (filled) => {
      post({ kind: "filled", job: job.id, filled });
    });
  } catch (error) {
    const ours =
      error instanceof MattelierError
        ? error
        : internalError("loader", "augmentation to succeed", messageOf(error));
    post({ kind: "failed", job: job.id, facts: ours.toFacts() });
  }
}
