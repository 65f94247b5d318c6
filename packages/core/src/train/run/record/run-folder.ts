import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { errnoOf, fileError, replaceFile } from "../../../files/index.js";
import { MattelierError } from "../../../util/index.js";
import type { RunConfig } from "../config/config.js";
import { Journal } from "./journal.js";
import { parseSavedConfig } from "../config/parse-config.js";

/** A step of the optimiser, as `steps.jsonl` has it. */
export interface StepLine {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly lr: number;
}

/** An epoch, as `metrics.jsonl` has it: numbers that follow from configuration and seed, no times. */
export interface EpochLine {
  readonly step: number;
  readonly epoch: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What an epoch took. */
export interface TimingLine {
  readonly step: number;
  readonly epoch: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Of the process, at the epoch's end, in MB of 2^20 bytes. */
  readonly memoryMb: number;
}

const CHECKPOINTS = "checkpoints";
const CONFIG = "config.json";
const DATA = "data.json";
const ENVIRONMENT = "environment.json";
/** What there is before a beginning is whole. */
const BEGINNING = new Set([CHECKPOINTS, ENVIRONMENT, DATA]);
/** What `replaceFile` leaves where it was killed. */
const isLeftOver = (name: string): boolean => /^\..+\.tmp$/.test(name);

interface NewRun {
  readonly data: string;
  readonly environment: unknown;
  readonly force?: boolean | undefined;
}

/** The files of a run. */
export class RunFolder {
  readonly path: string;
  readonly steps: Journal<StepLine>;
  readonly metrics: Journal<EpochLine>;
  readonly timings: Journal<TimingLine>;

  /** As it was written, for the report. */
  readonly config: RunConfig;

  private constructor(path: string, config: RunConfig) {
    this.path = path;
    this.config = config;
    this.steps = new Journal(join(path, "steps.jsonl"));
    this.metrics = new Journal(join(path, "metrics.jsonl"));
    this.timings = new Journal(join(path, "timings.jsonl"));
  }

  get checkpoints(): string {
    return join(this.path, CHECKPOINTS);
  }

  get name(): string {
    return basename(resolve(this.path));
  }

  /** The names of the pictures that the run began with. */
  dataText(): Promise<string> {
    const path = join(this.path, DATA);
    return readFile(path, "utf8").catch((error: unknown) => {
      throw fileError(error, { where: path, doing: "reading" });
    });
  }

  /** The sheet of samples of an epoch, from 1, relative to the folder. */
  samplesOf(epoch: number): string {
    return `samples/epoch-${String(epoch).padStart(4, "0")}.png`;
  }

  file(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /**
   * Refuse a folder that a run cannot begin in.
   * @throws MattelierError `exists` where there is something in the folder and `force` is not set; `not-found` where it is
   *   set and what is there is no run
   */
  static async requireFree(
    path: string,
    { force = false }: { readonly force?: boolean | undefined },
  ): Promise<void> {
    const contents = await contentsOf(path);
    if (contents === "nothing") return;
    if (!force) throw taken(path, contents === "a run");
    if (contents !== "a run") throw notARun(path, "a folder with other things in it");
  }

  /**
   * Begin a run in a folder of its own. The configuration is written last: where it is, the beginning is whole; a
   * folder where one was cut short is taken again. With `force` a run that is there is deleted.
   * @param options.data names of the pictures that it trains on
   * @param options.environment what it is made on
   * @throws MattelierError as {@link RunFolder.requireFree}; `unwritable`
   */
  static async create(
    path: string,
    config: RunConfig,
    { data, environment, force }: NewRun,
  ): Promise<RunFolder> {
    await RunFolder.requireFree(path, { force });
    if ((await contentsOf(path)) === "a run") await rm(path, { recursive: true });
    await mkdir(join(path, CHECKPOINTS), { recursive: true }).catch((error: unknown) => {
      throw fileError(error, { where: path, doing: "writing" });
    });
    await replaceFile(join(path, ENVIRONMENT), pretty(environment));
    await replaceFile(join(path, DATA), data);
    await replaceFile(join(path, CONFIG), pretty(config));
    return new RunFolder(path, config);
  }

  /**
   * A run that is there, and its configuration. What a killed process left half written is taken away.
   * @throws MattelierError `not-found` for a folder that holds no run; `invalid-config`
   */
  static async open(path: string): Promise<RunFolder> {
    const file = join(path, CONFIG);
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      throw errnoOf(error) === "ENOENT"
        ? notARun(path, "none")
        : fileError(error, { where: file, doing: "reading" });
    }
    for (const folder of [path, join(path, CHECKPOINTS)])
      for (const name of await readdir(folder))
        if (isLeftOver(name)) await rm(join(folder, name), { force: true });
    return new RunFolder(path, parseSavedConfig(JSON.parse(text) as object, file));
  }
}

/** What a folder holds. One that is not there, or where a beginning was cut short, holds nothing. */
async function contentsOf(path: string): Promise<"nothing" | "a run" | "something"> {
  const there = await entriesOf(path);
  const saved = there.includes(CHECKPOINTS) ? await entriesOf(join(path, CHECKPOINTS)) : [];
  if (there.every((name) => BEGINNING.has(name) || isLeftOver(name)) && saved.every(isLeftOver))
    return "nothing";
  return there.includes(CONFIG) ? "a run" : "something";
}

async function entriesOf(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw fileError(error, { where: path, doing: "reading" });
  }
}

const pretty = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

function taken(path: string, isRun: boolean): MattelierError {
  return new MattelierError({
    code: "exists",
    where: path,
    expected: "a new or empty folder for the run",
    got: isRun ? "a run that is there already" : "a folder with something in it",
    fix: isRun
      ? "go on with it by --resume, overwrite it by --force, or name another folder"
      : "name another folder",
  });
}

function notARun(path: string, got: string): MattelierError {
  return new MattelierError({
    code: "not-found",
    where: path,
    expected: "the folder of a training run, with config.json in it",
    got,
  });
}
