import { throwIfAborted } from "../util/index.js";

/** Work goes on at most this long before the event loop has its turn. */
const SLICE_MS = 12;

/**
 * Run a long computation that yields now and then, letting the event loop breathe: progress is drawn, Ctrl-C heard.
 * @throws MattelierError `aborted`
 */
export async function cooperate<T>(
  work: Generator<void, T>,
  signal: AbortSignal | undefined,
  where: string,
): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 0));
    throwIfAborted(signal, where);
  }
}
