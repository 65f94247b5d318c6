import { abortedError, internalError, MattelierError, throwIfAborted } from "../../util/index.js";
import { BatchFiller, type Filled } from "./batch-filler.js";
import { batchBytes, copyOut, viewsOf, type BatchViews } from "./batch-memory.js";
import { BatchPlan } from "./batch-plan.js";
import { ownCrew, threadCrew, type Crew } from "./crew.js";
import type {
  BatchRecipe,
  BrokenFile,
  LoadedBatch,
  LoaderOptions,
  LoaderPosition,
} from "./loader-options.js";
import type { FromWorker } from "./worker-protocol.js";

/** A batch in the making. */
interface Job {
  readonly id: number;
  readonly slot: number;
  readonly position: LoaderPosition;
  readonly claims: Int32Array;
  /** How many will be filled; fewer than the batch has once it is dropped. */
  places: number;
  readonly filled: Filled[];
  /** Set when its result is no longer wanted. */
  dropped: boolean;
}

/**
 * Makes batches ahead of whoever trains. Threads decode and augment into shared memory; `next` copies a batch out of it.
 * Work is handed out when a batch is taken, so threads go on while the engine holds the calling thread.
 *
 * The batches are a function of the recipe and the position: not of the number of threads, nor of what came before. So
 * a loader started at a saved position goes on exactly where the other one was.
 */
export class Loader {
  readonly #options: LoaderOptions;
  readonly #plan: BatchPlan;
  readonly #views: readonly BatchViews[];
  readonly #crew: Crew;
  readonly #freeSlots: number[];
  readonly #queue: Job[] = [];
  readonly #jobs = new Map<number, Job>();
  readonly #broken = new Map<string, string>();
  readonly #onAbort = (): void => {
    this.#fail(abortedError("loader"));
    void this.dispose();
  };
  #nextId = 0;
  /** The batch that the next job makes. */
  #ahead: LoaderPosition;
  /** The batch that the next call of `next` gives. */
  #position: LoaderPosition;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;
  #disposed: Promise<void> | undefined;

  /** @throws MattelierError `invalid-config` or `unknown-name` for a recipe that cannot work, `aborted` */
  constructor(options: LoaderOptions) {
    const { prefetch = 3, workers = 1, cacheBytes = 0, signal, start, ...recipe } = options;
    throwIfAborted(signal, "loader");
    if (!(prefetch >= 1)) throw noPrefetch(prefetch);
    this.#options = options;
    this.#plan = checkedPlan(recipe);
    this.#position = this.#ahead = start ?? { epoch: 0, index: 0 };
    const slots = Array.from({ length: prefetch }, () => new SharedArrayBuffer(batchBytes(recipe)));
    this.#views = slots.map((memory) => viewsOf(memory, recipe));
    this.#freeSlots = slots.map((_, slot) => slot);
    const cacheLeft = new SharedArrayBuffer(4);
    new Int32Array(cacheLeft)[0] = Math.min(2 ** 31 - 1, Math.floor(cacheBytes / 1024));
    const events = {
      onMessage: (message: FromWorker) => {
        this.#receive(message);
      },
      onError: (error: unknown) => {
        this.#fail(error);
      },
    };
    const crewStart = { recipe, cacheLeft, slots };
    this.#crew = workers === 0 ? ownCrew(crewStart, events) : threadCrew(workers, crewStart, events);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#handOut();
  }

  get batchesPerEpoch(): number {
    return this.#plan.batchesPerEpoch;
  }

  /** Where to start a loader that goes on with what this one would give next. */
  get position(): LoaderPosition {
    return this.#position;
  }

  /** Files that could not be used so far, each once. */
  get broken(): readonly BrokenFile[] {
    return Array.from(this.#broken, ([name, reason]) => ({ name, reason }));
  }

  /**
   * The next batch; training goes on from epoch to epoch without end, an evaluation gives undefined after its last.
   * @throws MattelierError `aborted`; of a broken file, if the recipe says to stop at one
   */
  async next(): Promise<LoadedBatch | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver(this.#position)) return undefined;
      const job = this.#queue[0];
      if (job?.filled.length === job?.places && job !== undefined) return this.#deliver(job);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Go on from another position; what was made ahead is dropped. */
  seek(position: LoaderPosition): void {
    this.#position = this.#ahead = position;
    for (const job of this.#queue.splice(0)) {
      job.dropped = true;
      // Places not yet claimed stay so; those in work are waited for before the memory is used again.
      job.places = Math.min(Atomics.exchange(job.claims, 0, job.places), job.places);
      this.#retire(job);
    }
    this.#handOut();
  }

  /** Batches until the end of the current epoch. */
  async *restOfEpoch(): AsyncGenerator<LoadedBatch> {
    const { epoch } = this.#position;
    while (this.#position.epoch === epoch) {
      const batch = await this.next();
      if (batch === undefined) return;
      yield batch;
    }
  }

  /** Stop the threads and let the memory go; whoever waits for a batch is refused. May be called more than once. */
  dispose(): Promise<void> {
    this.#fail(abortedError("loader"));
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#disposed ??= this.#crew.dispose();
    return this.#disposed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #isOver({ epoch }: LoaderPosition): boolean {
    return this.#options.mode === "evaluate" && epoch > 0;
  }

  #handOut(): void {
    while (this.#freeSlots.length > 0 && !this.#isOver(this.#ahead) && this.#failure === undefined) {
      const slot = this.#freeSlots.pop()!;
      const indices = this.#plan.indices(this.#ahead);
      const claims = new SharedArrayBuffer(4);
      const job: Job = {
        id: this.#nextId++,
        slot,
        position: this.#ahead,
        claims: new Int32Array(claims),
        places: indices.length,
        filled: [],
        dropped: false,
      };
      this.#queue.push(job);
      this.#jobs.set(job.id, job);
      const { epoch, index } = this.#ahead;
      const firstPosition = index * this.#options.batch;
      this.#crew.post({ kind: "job", id: job.id, slot, claims, epoch, firstPosition, indices });
      this.#ahead = this.#plan.after(this.#ahead);
    }
  }

  #receive(message: FromWorker): void {
    if (message.kind === "cached") return;
    if (message.kind === "failed") {
      this.#fail(new MattelierError(message.facts));
      return;
    }
    const job = this.#jobs.get(message.job);
    if (job === undefined) return;
    job.filled.push(message.filled);
    for (const { name, reason } of message.filled.broken) this.#broken.set(name, reason);
    if (job.dropped) this.#retire(job);
    else if (job.filled.length === job.places) this.#wakeUp();
  }

  /** A dropped job's memory is free once nobody writes to it. */
  #retire(job: Job): void {
    if (job.filled.length < job.places) return;
    this.#jobs.delete(job.id);
    this.#freeSlots.push(job.slot);
    this.#handOut();
  }

  #deliver(job: Job): LoadedBatch {
    const filled = job.filled.filter(({ name }) => name !== undefined).sort((a, b) => a.place - b.place);
    const arrays = copyOut(
      this.#views[job.slot]!,
      filled.map(({ place }) => place),
      this.#options.batch,
    );
    this.#queue.shift();
    this.#jobs.delete(job.id);
    this.#freeSlots.push(job.slot);
    this.#position = this.#plan.after(job.position);
    this.#handOut();
    return {
      ...job.position,
      count: filled.length,
      names: filled.map(({ name }) => name!),
      labelled: filled.map(({ labelled }) => labelled),
      ...arrays,
    };
  }

  #fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : internalError("loader", "an error", String(error));
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** @throws MattelierError `invalid-config` or `unknown-name` for a recipe that cannot work: no whole batch, wrong augmentations */
export function checkRecipe(recipe: BatchRecipe): void {
  checkedPlan(recipe);
}

function checkedPlan(recipe: BatchRecipe): BatchPlan {
  const plan = new BatchPlan(recipe);
  new BatchFiller(recipe); // refuses wrong augmentations
  return plan;
}

function noPrefetch(prefetch: number): MattelierError {
  return new MattelierError({
    code: "invalid-config",
    where: "prefetch",
    expected: "one batch made ahead at least",
    got: String(prefetch),
  });
}
