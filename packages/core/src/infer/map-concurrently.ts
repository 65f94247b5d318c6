/**
 * Apply an asynchronous function to items, up to `limit` at a time; results come in the order in which they are
 * ready, and the next item is taken only when there is room: never more than `limit` are alive.
 *
 *     for await (const cutout of mapConcurrently(paths, 2, (path) => remover.remove(path))) ...
 *
 * decodes, infers and composes different pictures at the same time, in the memory of two. Errors are the function's to catch: one that escapes ends the iteration after what runs has settled.
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
  let failure: { readonly error: unknown } | undefined;
  let exhausted = false;
  try {
    for (;;) {
      while (!exhausted && failure === undefined && running.size + ready.length < limit) {
        const next = await source.next();
        if (next.done === true) {
          exhausted = true;
          break;
        }
        const task: Promise<void> = apply(next.value)
          .then((result) => void ready.push(result))
          .catch((error: unknown) => void (failure ??= { error }))
          .finally(() => running.delete(task));
        running.add(task);
      }
      while (ready.length > 0) yield ready.shift()!;
      if (failure !== undefined) {
        await Promise.all(running);
        throw failure.error;
      }
      if (running.size === 0) {
        if (exhausted && ready.length === 0) return;
      } else if (ready.length === 0) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
    if (!exhausted) await source.return?.();
  }
}
