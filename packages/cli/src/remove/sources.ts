import { watch } from "chokidar";
import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { isPicture, type Source } from "../files/find-pictures.js";

/**
 * Pictures that appear or change in folders, as they do, until the signal aborts. A file counts once it has stopped
 * growing.
 */
export async function* watchFolders(
  folders: readonly string[],
  options: {
    readonly extensions: ReadonlySet<string>;
    readonly exclude: string;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<Source> {
  const waiting: Source[] = [];
  let wake = (): void => undefined;
  const watcher = watch([...folders], {
    ignoreInitial: true,
    awaitWriteFinish: { stabilityThreshold: 400, pollInterval: 100 },
    ignored: (path) => /(^|[\\/])\.[^.\\/]/.test(path) || resolve(path) === resolve(options.exclude),
  });
  const take = (path: string): void => {
    const folder = folders.find((f) => !relative(f, path).startsWith(".."));
    if (folder === undefined || !isPicture(path, options)) return;
    waiting.push({ path, relativePath: relative(folder, path) });
    wake();
  };
  watcher.on("add", take).on("change", take);
  const onAbort = (): void => {
    wake();
  };
  options.signal.addEventListener("abort", onAbort);
  try {
    while (!options.signal.aborted) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else await new Promise<void>((resolveWait) => (wake = resolveWait));
    }
  } finally {
    options.signal.removeEventListener("abort", onAbort);
    await watcher.close();
  }
}

/** Those of the inputs that are folders. */
export async function foldersAmong(inputs: readonly string[]): Promise<string[]> {
  const infos = await Promise.all(inputs.map((input) => stat(input).catch(() => undefined)));
  return inputs.filter((_, i) => infos[i]?.isDirectory());
}
