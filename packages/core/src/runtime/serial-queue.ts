import type { MattelierError } from "../util/errors.js";
import { abortedBy } from "./aborted.js";

interface Entry {
  readonly start: () => Promise<void>;
  readonly reject: (error: MattelierError) => void;
}

/** Jobs one after the other, in order. */
export class SerialQueue {
  readonly #where: string;
  #waiting: Entry[] = [];
  #current: Promise<void> | undefined;
  #closed: MattelierError | undefined;

  /** @param where names the jobs in errors */
  constructor(where: string) {
    this.#where = where;
  }

  /**
   * Do the job when all before it are through. An abort drops one that waits, and rejects the promise of one that
   * is at work at once; the job itself goes on, and the next waits for it.
   */
  add<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (signal?.aborted === true) return Promise.reject(abortedBy(signal, this.#where));
    return new Promise<T>((resolve, reject) => {
      const entry: Entry = {
        start: async () => {
          try {
            resolve(await job());
          } catch (error) {
            reject(error);
          } finally {
            forget();
          }
        },
        reject: (error) => {
          forget();
          reject(error);
        },
      };
      const onAbort = (): void => {
        this.#waiting = this.#waiting.filter((waiting) => waiting !== entry);
        entry.reject(abortedBy(signal!, this.#where));
      };
      const forget = (): void => signal?.removeEventListener("abort", onAbort);
      signal?.addEventListener("abort", onAbort);
      this.#waiting.push(entry);
      this.#next();
    });
  }

  /** Take no more, reject those that wait; resolves when the one at work is through. */
  async close(error: MattelierError): Promise<void> {
    this.#closed ??= error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const entry of waiting) entry.reject(this.#closed);
    await this.#current;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const entry = this.#waiting.shift();
    if (entry === undefined) return;
    this.#current = entry.start().finally(() => {
      this.#current = undefined;
      this.#next();
    });
  }
}
