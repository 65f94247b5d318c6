import { appendFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { readIfThere } from "@mattelier/core/files";
import type { RunResult } from "@mattelier/core/train/run";
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
  readonly config: unknown;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

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
    if (isDeepStrictEqual(line.config, plain(config))) return true;
    throw new MattelierError({
      code: "exists",
      where: `${this.#path}: ${method}, seed ${seed}`,
      expected: "results of the same configuration",
      got: "those of another",
      fix: "give another folder by --out",
    });
  }

  async add({ config, method, seed }: PlannedRun, { epochs }: RunResult): Promise<void> {
    const { metrics, step } = epochs.at(-1)!;
    const line: RunLine = { method, seed, steps: step, metrics, config: plain(config) };
    this.lines.push(line);
    await appendFile(this.#path, `${JSON.stringify(line)}\n`);
  }
}
