import * as z from "zod";
import { checkedBy, within } from "../util/index.js";
import { picturesBelow } from "./layouts/index.js";
import { fromBase, openSource, sourceSchema, type OpenSet } from "./open-source.js";
import { poolOf, type SamplePool } from "./pool.js";
import { splitSchema, splitSets } from "./split-sets.js";
import { toldApart } from "./told-apart.js";

const sources = z.union([sourceSchema.transform((one) => [one]), z.array(sourceSchema)]);
const paths = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

/** What to train and measure on, as a configuration says it. */
export const dataSchema = z.strictObject({
  train: sources.describe("sets to train on"),
  val: sources.default([]).describe("sets to measure on; by default split off"),
  unlabelled: sources.default([]).describe("photos without masks, for semi-supervised learning"),
  backgrounds: paths.default([]).describe("folders of photos to compose cut-outs on"),
  split: splitSchema.optional().describe("part `train` at random, by counts or by shares"),
});

export type DataConfig = z.input<typeof dataSchema>;

/**
 * The sets of a configuration. Over all of them a sample's name stands for one photo; each pool has the backgrounds that
 * its own sets brought, and those that the configuration names.
 */
export interface OpenedData {
  readonly train: SamplePool;
  /** The sets of `val`, and what `split.val` takes of `train`. */
  readonly val: SamplePool | undefined;
  /** What `split.test` takes of `train`, neither trained nor validated on: for a last measurement. */
  readonly test: SamplePool | undefined;
  readonly unlabelled: SamplePool | undefined;
  /** How each set was understood, a line each. */
  readonly said: readonly string[];
}

/**
 * Find, filter, split and join the sets of a configuration.
 * @param config checked here
 * @param options.baseDir what relative paths start from
 * @throws MattelierError `invalid-config` with the key's path; what finding the sets throws
 */
export async function openData(
  config: DataConfig,
  { baseDir = ".", where = "data" }: { readonly baseDir?: string; readonly where?: string } = {},
): Promise<OpenedData> {
  const {
    train,
    val,
    unlabelled,
    backgrounds: folders,
    split,
  } = checkedBy(dataSchema, config, { where: within(where), code: "invalid-config" });
  const opened: OpenSet[] = [];
  for (const source of [...train, ...val, ...unlabelled]) opened.push(await openSource(source, baseDir));
  const sets = toldApart(opened, where);
  const trainSets = sets.slice(0, train.length);
  const valSets = sets.slice(train.length, train.length + val.length);
  const unlabelledSets = sets.slice(train.length + val.length);
  const named = (await Promise.all(folders.map((path) => picturesBelow(fromBase(baseDir, path))))).flat();
  const pool = (of: readonly OpenSet[], key: string): SamplePool =>
    poolOf(of, {
      backgrounds: [...of.flatMap(({ backgrounds }) => backgrounds), ...named],
      where: `${where}.${key}`,
    });
  const poolIfAny = (of: readonly OpenSet[], key: string): SamplePool | undefined =>
    of.length === 0 ? undefined : pool(of, key);
  const parted =
    split === undefined
      ? { train: trainSets, val: [], test: [], said: "" }
      : splitSets(trainSets, split, `${where}.split`);
  return {
    train: pool(parted.train, "train"),
    val: poolIfAny([...valSets, ...parted.val], "val"),
    test: poolIfAny(parted.test, "test"),
    unlabelled: poolIfAny(unlabelledSets, "unlabelled"),
    said: [
      ...sets.map((set) => set.said),
      ...(folders.length > 0 ? [`${named.length} backgrounds from ${folders.join(", ")}`] : []),
      ...(split === undefined ? [] : [`split by seed ${split.seed}: ${parted.said}`]),
    ],
  };
}
