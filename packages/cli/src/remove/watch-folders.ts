import { watch } from "chokidar";
import { relative, resolve } from "node:path";
import { isPicture, isWithin, type Source } from "../files/find-pictures.js";

export interface WatchOptions {
  readonly extensions: ReadonlySet<string>;
  /** The output folder: not watched where it lies inside a watched one. */
  readonly exclude: string;
  readonly signal: AbortSignal;
}

/** A file counts once it has not grown for so long. */
const SETTLED_MS = 400;

/**
 * Pictures that appear or change in folders, as they do, until the signal aborts. Nothing that happens after the
 * promise has settled is missed, however late the iteration begins.
 */
export async function watchFolders(
  folders: readonly string[],
  { extensions, exclude, signal }: WatchOptions,
): Promise<AsyncIterable<Source>> {
  const waiting = new Map<string, Source>();
  let wake = (): void => undefined;
  const isOutput = (path: string): boolean =>
    resolve(path) === resolve(exclude) && folders.some((folder) => isWithin(path, folder));
  const watcher = watch([...folders], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: SETTLED_MS / 4 },
    ignored: (path) => /(^|[\\/])\.[^.\\/]/.test(path) || isOutput(path),
  });
  const take = (path: string): void => {
    const folder = folders.find((f) => isWithin(path, f));
    if (folder === undefined || !isPicture(path, extensions)) return;
    waiting.set(path, { path, relativePath: relative(folder, path) });
    wake();
  };
  watcher.on("add", take).on("change", take);
  const stop = (): void => {
    void watcher.close();
    wake();
  };
  signal.addEventListener("abort", stop, { once: true });
  await new Promise<void>((resolveReady) => {
    watcher.on("ready", resolveReady);
    signal.addEventListener("abort", () => {
      resolveReady();
    });
  });

  return (async function* () {
    while (!signal.aborted) {
      const [next] = waiting;
      if (next === undefined) await new Promise<void>((resolveWait) => (wake = resolveWait));
      else {
        waiting.delete(next[0]);
        yield next[1];
      }
    }
  })();
}
