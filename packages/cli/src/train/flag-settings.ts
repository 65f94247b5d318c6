import { MattelierError } from "@mattelier/core/util";
import { readAugmentations } from "../files/read-augmentations.js";
import type { TrainFlags } from "./flags.js";

export type Json = Record<string, unknown>;

/** A key of the configuration that a flag sets. */
export interface Setting {
  /** As it is written: `--lr`. */
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A value that has keys, or else an object without any. */
export const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/**
 * What flags set, over a configuration file.
 * @throws MattelierError of the file of augmentations; `invalid-argument` for an `--lr-group` that names no factor
 */
export async function settingsOf(flags: TrainFlags, file: Json): Promise<Setting[]> {
  const augment = flags.augment === undefined ? undefined : await augmentationsIn(flags.augment);
  const set = (flag: string, path: string, value: unknown): Setting[] =>
    value === undefined ? [] : [{ flag, path: path.split("."), value }];
  // Settings that the file has for the same name stay.
  const named = (flag: string, key: string, name: string | undefined): Setting[] =>
    set(flag, objectOf(file[key])["kind"] === name ? `${key}.kind` : key, name);
  return [
    ...set("--model", "model", flags.model),
    ...dataSettings(flags),
    ...set("--augment", "augment", augment),
    ...set("--size", "size", number(flags.size)),
    ...set("--val-size", "valSize", number(flags.valSize)),
    ...set("--batch", "batch", number(flags.batch)),
    ...set("--accumulate", "accumulate", number(flags.accumulate)),
    ...set("--epochs", "epochs", number(flags.epochs)),
    ...set("--steps", "steps", number(flags.steps)),
    ...set("--time-budget", "timeBudget", flags.timeBudget),
    ...named("--loss", "loss", flags.loss),
    ...set("--optimiser", "optimiser.kind", flags.optimiser),
    ...set("--lr", "lr", number(flags.lr)),
    ...set("--weight-decay", "weightDecay", number(flags.weightDecay)),
    ...named("--schedule", "schedule", flags.schedule),
    ...set("--warm-up", "warmUp", number(flags.warmUp)),
    ...(flags.lrGroup ?? []).map(learningRate),
    ...set("--freeze", "freeze", flags.freeze),
    ...set("--frozen-norm", "frozenNorm", flags.frozenNorm),
    ...set("--clip-norm", "clipNorm", number(flags.clipNorm)),
    ...set("--ema", "ema", number(flags.ema)),
    ...set("--init", "init.weights", flags.init),
    ...set("--backbone", "init.backbone", flags.backbone),
    ...set("--partial", "init.partial", flags.partial),
    ...watchSettings(flags, file),
    ...set("--callback", "callbacks", flags.callback),
    ...set("--semi", "semi.method", flags.semi),
    ...set("--seed", "seed", number(flags.seed)),
    ...set("--workers", "workers", number(flags.workers)),
    ...set("--threads", "threads", number(flags.threads)),
    ...set("--replicas", "replicas", number(flags.replicas)),
    ...set("--provider", "provider", flags.provider),
    ...set("--autotune", "autotune", flags.autotune),
  ];
}

async function augmentationsIn(path: string): Promise<unknown> {
  const list = await readAugmentations(path);
  if (list !== undefined) return list;
  throw new MattelierError({
    code: "invalid-config",
    where: `--augment ${path}`,
    expected: "a list of augmentations, or a configuration that has one",
    got: "a configuration without",
  });
}

/** A number, or the text that is none, which the configuration's check names. */
function number(text: string | undefined): unknown {
  return text === undefined || text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
}

/** `backbone=0.1` */
function learningRate(text: string): Setting {
  const [, path, factor] = /^(.+)=(.+)$/.exec(text) ?? [];
  if (path !== undefined && factor !== undefined)
    return { flag: "--lr-group", path: ["learningRates", path], value: number(factor) };
  throw new MattelierError({
    code: "invalid-argument",
    where: "--lr-group",
    expected: "the beginning of parameters' paths and a factor of the learning rate: backbone=0.1",
    got: JSON.stringify(text),
  });
}

function dataSettings({ backgrounds, data, trainSplit, unlabelled, val, valSplit }: TrainFlags): Setting[] {
  const set = (flag: string, key: string, value: unknown): Setting[] =>
    value === undefined ? [] : [{ flag, path: ["data", key], value }];
  const named = (names: string | undefined) =>
    data?.map((path) => ({ path, ...(names === undefined ? {} : { names }) }));
  return [
    ...set("--data", "train", named(trainSplit)),
    ...set("--val-split", "val", valSplit && named(valSplit)),
    ...set("--val", "val", val),
    ...set("--unlabelled", "unlabelled", unlabelled),
    ...set("--backgrounds", "backgrounds", backgrounds),
  ];
}

/** What is watched: by early stopping and plateaus, where there are any, and for the best weights. */
function watchSettings({ earlyStopping, monitor, reduceOnPlateau }: TrainFlags, file: Json): Setting[] {
  const watchers = [
    { flag: "--early-stopping", key: "earlyStopping", patience: earlyStopping },
    { flag: "--reduce-on-plateau", key: "reduceLROnPlateau", patience: reduceOnPlateau },
  ];
  const settings = watchers.flatMap(({ flag, key, patience }): Setting[] => {
    if (patience === undefined) return [];
    const isInFile = Object.keys(objectOf(file[key])).length > 0;
    if (patience === true) return isInFile ? [] : [{ flag, path: [key], value: {} }];
    return [{ flag, path: [key, "patience"], value: number(patience) }];
  });
  if (monitor === undefined) return settings;
  const watched = watchers.filter(({ key, patience }) => patience !== undefined || key in file);
  return [
    ...settings,
    ...["modelCheckpoint", ...watched.map(({ key }) => key)].map((key): Setting => {
      return { flag: "--monitor", path: [key, "monitor"], value: monitor };
    }),
  ];
}
