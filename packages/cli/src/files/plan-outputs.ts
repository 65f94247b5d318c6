import { stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import type { Source } from "./find-pictures.js";

export interface PlannedPicture {
  readonly source: Source;
  readonly output: string;
}

/**
 * Where each result goes: under the output folder, mirroring the input, with the format's extension. Sources that
 * would meet in one file (`a.jpg`, `a.png`) keep their own endings: `a.jpg.png`, `a.png.png`. That holds over all calls
 * of `plan`; whoever came alone before keeps the plain name.
 */
export class OutputPlan {
  readonly #folder: string;
  readonly #extension: string;
  /** Which source an output belongs to; keys in lower case, as some file systems see them. */
  readonly #owners = new Map<string, string>();

  constructor(folder: string, extension: string) {
    this.#folder = folder;
    this.#extension = extension;
  }

  plan(sources: readonly Source[]): readonly PlannedPicture[] {
    const plain = sources.map(({ relativePath }) => withExtension(relativePath, this.#extension));
    const count = new Map<string, number>();
    for (const path of plain) count.set(key(path), (count.get(key(path)) ?? 0) + 1);
    return sources.map((source, i) => {
      const path = plain[i]!;
      const owner = this.#owners.get(key(path));
      const isShared = count.get(key(path))! > 1 || (owner !== undefined && owner !== source.path);
      const output = isShared ? `${source.relativePath}${this.#extension}` : path;
      this.#owners.set(key(output), source.path);
      return { source, output: join(this.#folder, output) };
    });
  }
}

const key = (path: string): string => path.toLowerCase();

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
