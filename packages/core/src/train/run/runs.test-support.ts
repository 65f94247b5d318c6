import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { MattelierError } from "../../util/index.js";
import type { Callback, EpochReport } from "../callbacks/index.js";
import { writeDiscs } from "./discs.test-support.js";
import { parseRunConfig, type RunConfig, type RunConfigInput, type TrainEvent } from "./index.js";

/** A temporary folder with twenty labelled discs and twelve bare ones, and what small runs on them need. */
export interface Runs {
  readonly folder: string;
  /** A run of seconds; 14 discs to train in batches of 4: 3 steps an epoch. */
  readonly config: (more?: Partial<RunConfigInput>) => RunConfig;
  /** The folder of a run by its name. */
  readonly run: (name: string) => string;
  readonly metricsOf: (name: string) => Promise<string>;
  readonly epochsOf: (name: string) => Promise<EpochReport[]>;
  readonly remove: () => Promise<void>;
}

export async function openRuns(): Promise<Runs> {
  const folder = await mkdtemp(join(tmpdir(), "mattelier-train-"));
  await writeDiscs(join(folder, "discs"), 20, 1);
  await writeDiscs(join(folder, "bare"), 12, 2);
  await rm(join(folder, "bare/masks"), { recursive: true });
  const run = (name: string): string => join(folder, "runs", name);
  const metricsOf = (name: string): Promise<string> => readFile(join(run(name), "metrics.jsonl"), "utf8");
  return {
    folder,
    config: (more = {}) =>
      parseRunConfig({
        model: "unet",
        modelOptions: { base: 4, depth: 1, batchNorm: true },
        data: { train: join(folder, "discs"), split: { val: 6 } },
        size: 32,
        batch: 4,
        epochs: 4,
        loss: "combo",
        lr: 0.01,
        samples: 2,
        workers: 0,
        threads: 1,
        ...more,
      }),
    run,
    metricsOf,
    epochsOf: async (name) =>
      (await metricsOf(name))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as EpochReport),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** A callback that fires a signal after a step. */
export function stopAfter(step: number): { readonly callback: Callback; readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onStepEnd: Callback["onStepEnd"] = (report) => {
    if (report.step === step) controller.abort();
  };
  return { callback: { name: "StopAfter", onStepEnd }, signal: controller.signal };
}

/** A signal that fires with an event: its first of a kind, or of an epoch's if one is named. */
export function signalAt(kind: TrainEvent["kind"], epoch?: number) {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.kind === kind && (epoch === undefined || ("epoch" in event && event.epoch === epoch)))
      controller.abort();
  };
  return { signal: controller.signal, onEvent };
}

/** The error of ours that an action ends with. */
export async function refusal(of: () => unknown): Promise<MattelierError> {
  try {
    await of();
  } catch (error) {
    expect(error).toBeInstanceOf(MattelierError);
    return error as MattelierError;
  }
  throw new Error("no error");
}
