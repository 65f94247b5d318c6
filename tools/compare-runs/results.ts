import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readIfThere } from "@mattelier/core/files";
import {
  durationMs,
  parseSavedConfig,
  withAbsolutePaths,
  type RunConfig,
  type RunResult,
} from "@mattelier/core/train/run";
import { MattelierError } from "@mattelier/core/util";
import type { PlannedRun } from "./comparison.js";

/** A run that has come to its end. */
export interface RunLine {
  readonly method: string;
  readonly seed: number;
  readonly steps: number;
  /** Of its last epoch: none is chosen by what it reached on the validation set. */
  readonly metrics: Readonly<Record<string, number>>;
  /** As it was run, to tell a changed comparison from one that goes on. */
  readonly config: object;
}

const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

/** Paths and lengths of time as they may be compared, however they were written. */
function comparable(config: RunConfig): object {
  const { checkpointEvery, timeBudget } = config;
  return plain({
    ...withAbsolutePaths(config),
    checkpointEvery: durationMs(checkpointEvery),
    timeBudget: timeBudget && durationMs(timeBudget),
  });
}

/** Whether a configuration that was written down is one that is planned, keys that it has by default apart. */
const isSame = (written: object, planned: RunConfig, where: string): boolean =>
  isDeepStrictEqual(comparable(parseSavedConfig(written, where)), comparable(planned));

const ofAnother = (where: string, what: string): MattelierError =>
  new MattelierError({
    code: "exists",
    where,
    expected: `${what} of the same configuration`,
    got: `${what} of another`,
    fix: "give another folder by --out",
  });

/**
 * Whether a run was begun in a folder.
 * @throws MattelierError `exists` where it is one of another configuration
 */
export async function isBegun({ config }: PlannedRun, folder: string): Promise<boolean> {
  const path = join(folder, "config.json");
  const text = await readIfThere(path);
  if (text === undefined) return false;
  if (isSame(JSON.parse(text) as object, config, path)) return true;
  throw ofAnother(folder, "a run");
}

/** Ended runs of a comparison's folder, in a file of a line each. */
export class Results {
  readonly #path: string;
  readonly lines: RunLine[];

  private constructor(path: string, lines: RunLine[]) {
    this.#path = path;
    this.lines = lines;
  }

  static async open(path: string): Promise<Results> {
    const text = (await readIfThere(path)) ?? "";
    const lines = text.split("\n").filter((line) => line !== "");
    return new Results(
      path,
      lines.map((line) => JSON.parse(line) as RunLine),
    );
  }

  /**
   * Whether a run is there already.
   * @throws MattelierError `exists` where it was made by another configuration
   */
  has({ config, method, seed }: PlannedRun): boolean {
    const line = this.lines.find((one) => one.method === method && one.seed === seed);
    if (line === undefined) return false;
    const where = `${this.#path}: ${method}, seed ${seed}`;
    if (isSame(line.config, config, where)) return true;
    throw ofAnother(where, "results");
  }

  async add({ config, method, seed }: PlannedRun, { epochs }: RunResult): Promise<void> {
    const { metrics, step } = epochs.at(-1)!;
    const line: RunLine = { method, seed, steps: step, metrics, config: plain(config) };
    this.lines.push(line);
    await appendFile(this.#path, `${JSON.stringify(line)}\n`);
  }
}
