import type { BatchFiller, Filled } from "./batch-filler.js";
import type { BatchViews } from "./batch-memory.js";
import type { BatchJob } from "./worker-protocol.js";

/** Places of a batch in work at once in one thread: while one is decoded by the codec's thread, another is augmented. */
const IN_FLIGHT = 2;

/** Claim places of a batch and fill them, until none is left. */
export async function workThrough(
  job: BatchJob,
  filler: BatchFiller,
  views: BatchViews,
  done: (filled: Filled) => void,
): Promise<void> {
  const claims = new Int32Array(job.claims);
  const lane = async (): Promise<void> => {
    for (;;) {
      const place = Atomics.add(claims, 0, 1);
      if (place >= job.indices.length) return;
      const position = job.firstPosition + place;
      done(await filler.fill({ epoch: job.epoch, position, place, index: job.indices[place]! }, views));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
