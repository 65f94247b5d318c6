import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { MattelierError } from "@mattelier/core/util";
import { readConfigFile } from "../files/read-config.js";
import { objectOf, settingsOf, type Json, type Setting } from "./flag-settings.js";
import { givenFlags, type TrainFlags } from "./flags.js";

/** What flags and file come to. */
export interface GivenConfig {
  /** Unchecked. */
  readonly input: unknown;
  /** Names the place of a key: the flag that set it, or the file. */
  readonly where: (path: string) => string;
  /** The run's folder. */
  readonly out: string;
}

/**
 * The configuration that flags and file come to: a flag sets its key and leaves the file's other keys as they are.
 * @throws MattelierError `not-found`, `unreadable`, `invalid-config` for a file that is no YAML, `invalid-argument` for
 *   flags that need others, or that others do not go with
 */
export async function configFromFlags(flags: TrainFlags): Promise<GivenConfig> {
  refuseContradictions(flags);
  const file = flags.config === undefined ? {} : await readConfig(flags.config);
  requireCompany(flags, file);
  const settings = await settingsOf(flags, file);
  const input = settings.reduce((config, { path, value }) => withValue(config, path, value), {
    ...file,
    ...displaced(flags, file),
    ...(flags.lrGroup === undefined ? {} : { learningRates: learningRatesOf(settings, file) }),
  });
  requireData(input["data"]);
  const model = typeof input["model"] === "string" ? input["model"] : "u2netp";
  return { input, where: placeOf(settings, flags.config ?? "flags"), out: flags.out ?? join("runs", model) };
}

/** @throws MattelierError `invalid-argument` where another flag goes with `--resume`: a run goes on as it began */
export function refuseBesidesResume(flags: TrainFlags): void {
  const others = givenFlags(flags).filter((flag) => flag !== "--resume" && flag !== "--json");
  if (others.length === 0) return;
  throw new MattelierError({
    code: "invalid-argument",
    where: "--resume",
    expected: "to be given alone, or with --json: a run goes on by the configuration that it began with",
    got: others.join(", "),
    fix: "begin a new run from its weights: --init RUN/checkpoints/best.safetensors --out ANOTHER",
  });
}

async function readConfig(path: string): Promise<Json> {
  const value = await readConfigFile(path);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return isOfRun(path) ? savedConfig(value, path) : (value as Json);
  throw new MattelierError({
    code: "invalid-config",
    where: path,
    expected: "keys and values",
    got: value === null ? "an empty file" : JSON.stringify(value),
  });
}

/** Whether a file is what a run was made by, beside its checkpoints. */
const isOfRun = (path: string): boolean =>
  basename(path) === "config.json" && existsSync(join(dirname(path), "checkpoints"));

/** As runs of earlier versions wrote it too. */
async function savedConfig(saved: object, path: string): Promise<Json> {
  const { parseSavedConfig } = await import("@mattelier/core/train/run");
  return { ...parseSavedConfig(saved, path) };
}

/** A copy with a value at a path. */
function withValue(config: Json, [key, ...rest]: readonly string[], value: unknown): Json {
  return {
    ...config,
    [key!]: rest.length === 0 ? value : withValue(objectOf(config[key!]), rest, value),
  };
}

/** Keys of the file whose other settings do not go with what the flags set, without those. */
function displaced(flags: TrainFlags, file: Json): Json {
  const { backbone, init, monitor, optimiser, semi, val, valSplit } = flags;
  const without = (key: string, inner: string): Json => {
    const rest = Object.entries(objectOf(file[key])).filter(([name]) => name !== inner);
    return key in file ? { [key]: Object.fromEntries(rest) } : {};
  };
  const isOther = (key: string, tag: string, name: string | undefined): boolean =>
    name !== undefined && objectOf(file[key])[tag] !== name;
  return {
    ...(init === undefined ? {} : without("init", "backbone")),
    ...(backbone === undefined ? {} : without("init", "weights")),
    ...(val === undefined && valSplit === undefined ? {} : without("data", "split")),
    ...(isOther("optimiser", "kind", optimiser) ? { optimiser: {} } : {}),
    ...(isOther("semi", "method", semi) ? { semi: {} } : {}),
    // Whether lower or higher is better was said of another metric.
    ...(monitor === undefined
      ? {}
      : {
          ...without("modelCheckpoint", "mode"),
          ...without("earlyStopping", "mode"),
          ...without("reduceLROnPlateau", "mode"),
        }),
  };
}

/**
 * Learning rates of parts, from flags and file. A flag's comes in the place of the same part's, be it `backbone` or
 * `backbone.`; the longest paths are first, since the first that a parameter's path begins with counts.
 */
function learningRatesOf(settings: readonly Setting[], file: Json): Json {
  const set = settings.flatMap(({ path: [key, part], value }): [string, unknown][] =>
    key === "learningRates" ? [[part!, value]] : [],
  );
  const bare = (part: string): string => part.replace(/\.$/, "");
  const isSet = (part: string): boolean => set.some(([other]) => bare(other) === bare(part));
  const kept = Object.entries(objectOf(file["learningRates"])).filter(([part]) => !isSet(part));
  return Object.fromEntries([...kept, ...set].sort(([a], [b]) => b.length - a.length));
}

/** Names the flag that set a key, or the file with the key's path. */
const placeOf =
  (settings: readonly Setting[], file: string) =>
  (path: string): string => {
    const setBy = settings.findLast(({ path: keys, value }) => {
      const set = keys.join(".");
      return path === set || (typeof value === "object" && path.startsWith(`${set}.`));
    });
    return setBy?.flag ?? (path === "" ? file : `${file}: ${path}`);
  };

function refuseContradictions({ backbone, init, val, valSplit }: TrainFlags): void {
  const refuse = (flag: string, other: string): MattelierError =>
    new MattelierError({
      code: "invalid-argument",
      where: flag,
      expected: `to be given without ${other}`,
      got: "both",
    });
  if (valSplit !== undefined && val !== undefined) throw refuse("--val-split", "--val");
  if (init !== undefined && backbone !== undefined) throw refuse("--init", "--backbone");
}

/** @throws MattelierError `invalid-argument` for flags that say nothing without others */
function requireCompany(flags: TrainFlags, file: Json): void {
  const init = objectOf(file["init"]);
  const hasWeights = [flags.init, flags.backbone, init["weights"], init["backbone"]].some(
    (one) => one !== undefined,
  );
  const hasRate = [flags.lr, file["lr"]].some((one) => one !== undefined);
  const keepsOptimiser = objectOf(file["optimiser"])["kind"] === flags.optimiser;
  const needs: readonly (readonly [flag: string, other: string, isAlone: boolean])[] = [
    [
      "--train-split",
      "--data, whose names it lists",
      flags.trainSplit !== undefined && flags.data === undefined,
    ],
    ["--val-split", "--data, whose names it lists", flags.valSplit !== undefined && flags.data === undefined],
    ["--partial", "--init or --backbone", flags.partial === true && !hasWeights],
    ["--optimiser", "--lr", flags.optimiser !== undefined && !hasRate && !keepsOptimiser],
    [
      "--unlabelled",
      "--semi",
      flags.unlabelled !== undefined && flags.semi === undefined && !("semi" in file),
    ],
  ];
  const alone = needs.find(([, , isAlone]) => isAlone);
  if (alone === undefined) return;
  const [where, other] = alone;
  throw new MattelierError({
    code: "invalid-argument",
    where,
    expected: `to be given with ${other}`,
    got: "it alone",
  });
}

/** Keys of `data` that are no sets to train on. */
const BESIDES_TRAIN = new Set(["val", "unlabelled", "backgrounds", "split"]);

/** @throws MattelierError `invalid-argument` where there is nothing to train on; of other mistakes the check tells */
function requireData(data: unknown): void {
  const isSilent = data === undefined || Object.keys(objectOf(data)).every((key) => BESIDES_TRAIN.has(key));
  if (!isSilent || (data !== undefined && typeof data !== "object")) return;
  throw new MattelierError({
    code: "invalid-argument",
    where: "mattelier train",
    expected: "photos and masks to train on",
    got: "none",
    fix: "give --data FOLDER, or data.train in --config",
  });
}
