import { join } from "node:path";
import { MattelierError } from "@mattelier/core/util";
import { readConfigFile } from "../files/read-config.js";

/** Flags of `mattelier train`, as the command line gives them. */
export interface TrainFlags {
  readonly config?: string;
  readonly model?: string;
  readonly out?: string;
  readonly data: readonly string[];
  readonly trainSplit?: string;
  readonly valSplit?: string;
  readonly val?: string;
  readonly unlabelled: readonly string[];
  readonly backgrounds: readonly string[];
  readonly size?: string;
  readonly valSize?: string;
  readonly batch?: string;
  readonly accumulate?: string;
  readonly epochs?: string;
  readonly steps?: string;
  readonly timeBudget?: string;
  readonly loss?: string;
  readonly lr?: string;
  readonly schedule?: string;
  readonly ema?: string;
  readonly init?: string;
  readonly backbone?: string;
  readonly partial?: boolean;
  readonly earlyStopping?: string | true;
  readonly reduceOnPlateau?: string | true;
  readonly semi?: string;
  readonly seed?: string;
  readonly workers?: string;
  readonly threads?: string;
  readonly replicas?: string;
  readonly provider?: string;
  readonly autotune?: boolean;
  readonly resume?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly keys?: boolean;
}

type Json = Record<string, unknown>;

/**
 * The configuration that flags and file come to, unchecked.
 * @throws MattelierError `not-found`, `unreadable`, `invalid-config` for a file that is no YAML, `invalid-argument` for
 *   flags that need others
 */
export async function configFromFlags(
  flags: TrainFlags,
): Promise<{ readonly input: unknown; readonly where: string; readonly out: string }> {
  const file = flags.config === undefined ? {} : await readConfig(flags.config);
  const input: Json = { ...file, ...scalarsOf(flags) };
  const data = dataOf(flags, (file["data"] ?? {}) as Json);
  if (Object.keys(data).length > 0) input["data"] = data;
  if (data["train"] === undefined)
    throw new MattelierError({
      code: "invalid-argument",
      where: "mattelier train",
      expected: "photos and masks to train on",
      got: "none",
      fix: "give --data FOLDER, or data.train in --config",
    });
  const model = typeof input["model"] === "string" ? input["model"] : "u2netp";
  return { input, where: flags.config ?? "flags", out: flags.out ?? join("runs", model) };
}

async function readConfig(path: string): Promise<Json> {
  const value = await readConfigFile(path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new MattelierError({
    code: "invalid-config",
    where: path,
    expected: "keys and values",
    got: value === null ? "an empty file" : JSON.stringify(value),
  });
}

/** Flags that are a key of the same name, or nearly. */
function scalarsOf(flags: TrainFlags): Json {
  const { backbone, partial, init, earlyStopping, reduceOnPlateau, semi } = flags;
  const number = (value: string | undefined): unknown =>
    value === undefined || value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
  const patience = (value: string | true): Json => (value === true ? {} : { patience: number(value) });
  const entries: Json = {
    model: flags.model,
    size: number(flags.size),
    valSize: number(flags.valSize),
    batch: number(flags.batch),
    accumulate: number(flags.accumulate),
    epochs: number(flags.epochs),
    steps: number(flags.steps),
    timeBudget: flags.timeBudget,
    loss: flags.loss,
    lr: number(flags.lr),
    schedule: flags.schedule,
    ema: number(flags.ema),
    seed: number(flags.seed),
    workers: number(flags.workers),
    threads: number(flags.threads),
    replicas: number(flags.replicas),
    provider: flags.provider,
    autotune: flags.autotune,
    init: init === undefined && backbone === undefined ? undefined : { weights: init, backbone, partial },
    earlyStopping: earlyStopping && patience(earlyStopping),
    reduceLROnPlateau: reduceOnPlateau && patience(reduceOnPlateau),
    semi: semi === undefined ? undefined : { method: semi },
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function dataOf(flags: TrainFlags, inFile: Json): Json {
  const { data, trainSplit, valSplit, val, unlabelled, backgrounds } = flags;
  if (valSplit !== undefined && val !== undefined)
    throw new MattelierError({
      code: "invalid-argument",
      where: "--val-split",
      expected: "to be given without --val",
      got: "both",
    });
  const withNames = (names: string | undefined) => (path: string) => ({
    path,
    ...(names === undefined ? {} : { names }),
  });
  return {
    ...inFile,
    ...(data.length > 0 ? { train: data.map(withNames(trainSplit)) } : {}),
    ...(valSplit === undefined ? {} : { val: data.map(withNames(valSplit)) }),
    ...(val === undefined ? {} : { val }),
    ...(unlabelled.length > 0 ? { unlabelled } : {}),
    ...(backgrounds.length > 0 ? { backgrounds } : {}),
  };
}
