import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Source } from "./find-pictures.js";

export interface PlannedPicture {
  readonly source: Source;
  readonly output: string;
}

/**
 * Where each result goes: under the output folder, mirroring the input, with the format's extension.
 * Two sources that would meet in one file (`a.jpg`, `a.png`) keep their own endings: `a.jpg.png`, `a.png.png`.
 */
export function planOutputs(
  sources: readonly Source[],
  folder: string,
  extension: string,
): readonly PlannedPicture[] {
  const plain = sources.map((source) => join(folder, withExtension(source.relativePath, extension)));
  const count = new Map<string, number>();
  for (const path of plain) count.set(path.toLowerCase(), (count.get(path.toLowerCase()) ?? 0) + 1);
  return sources.map((source, i) => {
    const path = plain[i]!;
    const shared = count.get(path.toLowerCase())! > 1;
    return { source, output: shared ? join(folder, `${source.relativePath}${extension}`) : path };
  });
}

export function withExtension(path: string, extension: string): string {
  const old = extname(path);
  return `${old === "" ? path : path.slice(0, -old.length)}${extension}`;
}

/** Whether a result is there already and no older than its source. */
export async function isDone({ source, output }: PlannedPicture): Promise<boolean> {
  if (resolve(source.path) === resolve(output)) return false;
  const [from, to] = await Promise.all([
    stat(source.path).catch(() => undefined),
    stat(output).catch(() => undefined),
  ]);
  return from !== undefined && to !== undefined && to.size > 0 && to.mtimeMs >= from.mtimeMs;
}
