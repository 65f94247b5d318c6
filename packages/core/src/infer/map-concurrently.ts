/**
 * Apply an asynchronous function to items, up to `limit` at a time; results come in the order in which they are
 * ready, and the next item is taken only when there is room: never more than `limit` are alive. A source that keeps
 * one waiting holds back no result.
 *
 *     for await (const cutout of mapConcurrently(paths, 2, (path) => remover.remove(path))) ...
 *
 * decodes, infers and composes different pictures at the same time, in the memory of two. Errors are the function's
 * to catch: one that escapes ends the iteration after what runs has settled.
 */
export async function* mapConcurrently<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  limit: number,
  apply: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const source: Iterator<T> | AsyncIterator<T> =
    Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const running = new Set<Promise<void>>();
  const ready: R[] = [];
  const state: { exhausted: boolean; failure?: { readonly error: unknown } } = { exhausted: false };
  let coming: Promise<void> | undefined;

  const start = (item: T): void => {
    const task: Promise<void> = apply(item)
      .then((result) => void ready.push(result))
      .catch((error: unknown) => void (state.failure ??= { error }))
      .finally(() => running.delete(task));
    running.add(task);
  };
  const take = async (): Promise<void> => {
    try {
      const next = await source.next();
      if (next.done === true) state.exhausted = true;
      else start(next.value);
    } catch (error) {
      state.exhausted = true;
      state.failure ??= { error };
    }
    coming = undefined;
  };

  try {
    for (;;) {
      const hasRoom = !state.exhausted && state.failure === undefined && running.size + ready.length < limit;
      if (hasRoom) coming ??= take();
      if (ready.length > 0) yield ready.shift()!;
      else if (running.size === 0 && state.failure !== undefined) throw state.failure.error;
      else if (running.size === 0 && state.exhausted) return;
      else await Promise.race(coming === undefined ? running : [...running, coming]);
    }
  } finally {
    await Promise.all(running);
    if (!state.exhausted) {
      const closed = source.return?.();
      // A generator that waits for an item closes only once it comes.
      if (coming === undefined) await closed;
    }
  }
}
