import * as z from "zod";
import { parseRunConfig, resolveConfig, type RunConfig } from "@mattelier/core/train/run";
import { checkedBy, MattelierError } from "@mattelier/core/util";
import { readConfigFile } from "../../packages/cli/src/files/read-config.js";

const keys = z.record(z.string(), z.unknown());

const schema = z.strictObject({
  /** Above the table. */
  title: z.string(),
  /** Each run is made with each of them. */
  seeds: z.array(z.int().min(0)).min(1).default([1, 2, 3]),
  /** Keys of a run's configuration, as `mattelier train --keys` lists them. */
  common: keys,
  /** By the name in the table: what differs. */
  runs: z.record(
    z.string(),
    keys.nullable().transform((own) => own ?? {}),
  ),
});

/** One training run of a comparison. */
export interface PlannedRun {
  readonly method: string;
  readonly seed: number;
  /** Its folder, in the comparison's. */
  readonly folder: string;
  readonly config: RunConfig;
}

export interface Comparison {
  readonly title: string;
  readonly runs: readonly PlannedRun[];
}

/**
 * Read what is to be compared, every run's configuration checked before the first begins. Seed by seed, so that a
 * comparison that is stopped half-way is one of fewer seeds.
 * @throws MattelierError `not-found`, `unreadable`, `invalid-config`; what networks, losses and augmentations refuse
 */
export async function readComparison(path: string): Promise<Comparison> {
  return planComparison(await readConfigFile(path), path);
}

export function planComparison(input: unknown, where: string): Comparison {
  const { title, seeds, common, runs } = checkedBy(schema, input, { where, code: "invalid-config" });
  requireFolders(Object.keys(runs), where);
  return {
    title,
    runs: seeds.flatMap((seed) =>
      Object.entries(runs).map(([method, own]) => ({
        method,
        seed,
        folder: `${folderOf(method)}-${seed}`,
        config: checkedConfig({ ...common, ...own, seed }, `${where}: ${method}`),
      })),
    ),
  };
}

/** @throws MattelierError of a key, or of what does not go together */
function checkedConfig(input: unknown, where: string): RunConfig {
  const config = parseRunConfig(input, where);
  try {
    resolveConfig(config);
  } catch (error) {
    if (!(error instanceof MattelierError)) throw error;
    throw new MattelierError({ ...error.toFacts(), where: `${where}: ${error.where}`, cause: error });
  }
  return config;
}

const folderOf = (method: string): string => method.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");

/** @throws MattelierError `invalid-config` where two methods would have one folder */
function requireFolders(methods: readonly string[], where: string): void {
  const folders = methods.map(folderOf);
  const twin = methods.findIndex((_, i) => folders.indexOf(folders[i]!) !== i);
  if (twin < 0) return;
  throw new MattelierError({
    code: "invalid-config",
    where: `${where}: runs`,
    expected: "names that differ in letters or digits",
    got: `${methods[folders.indexOf(folders[twin]!)]!} and ${methods[twin]!}`,
  });
}
