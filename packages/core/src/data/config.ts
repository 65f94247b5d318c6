import * as z from "zod";
import { existsSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { checkedBy, MattelierError, within } from "../util/index.js";
import { findDataset, layouts, linesOf, picturesBelow } from "./layouts/index.js";
import { counted } from "./layouts/layout.js";
import { poolOf, type SamplePool } from "./pool.js";
import { selectByName, splitSamples } from "./split.js";
import type { Dataset, Sample } from "./sample.js";

const fullSource = z.strictObject({
  path: z.string().min(1).describe("a folder, or a list file of pairs"),
  layout: z
    .enum(layouts.map(({ name }) => name))
    .optional()
    .describe("how the folder is to be understood; found out by default"),
  images: z.string().optional().describe("the folder of photos in it"),
  masks: z.string().optional().describe("the folder of masks in it"),
  maskValues: z
    .enum(["labels", "matte"])
    .optional()
    .describe("whether masks hold classes (0 and 255 are not subject) or opacity; found out by default"),
  names: z.string().optional().describe("a text file of names, one a line, to take alone"),
  draw: z
    .strictObject({ count: z.int().min(1), seed: z.int().default(0) })
    .optional()
    .describe("so many of what is left, at random"),
  subset: z.string().optional().describe("the part to take of a set of parts, such as DUTS-TR"),
  weight: z.number().positive().max(1000).default(1).describe("how often each sample comes in an epoch"),
});

/** A set: its path, or the path with settings. */
export const sourceSchema = z.union([
  z
    .string()
    .min(1)
    .transform((path) => fullSource.parse({ path })),
  fullSource,
]);
const sources = z.union([sourceSchema.transform((one) => [one]), z.array(sourceSchema)]);
const paths = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const part = z.number().positive();

/** What to train and measure on, as a configuration says it. */
export const dataSchema = z.strictObject({
  train: sources.describe("sets to train on"),
  val: sources.default([]).describe("sets to measure on; by default split off"),
  unlabelled: sources.default([]).describe("photos without masks, for semi-supervised learning"),
  backgrounds: paths.default([]).describe("folders of photos to compose cut-outs on"),
  split: z
    .strictObject({
      train: part.optional(),
      val: part,
      test: part.optional(),
      seed: z.int().default(0),
    })
    .optional()
    .describe("part `train` at random, by counts or by shares"),
});

export type DataConfig = z.input<typeof dataSchema>;
type Source = z.output<typeof fullSource>;

export interface OpenedData {
  readonly train: SamplePool;
  readonly val: SamplePool | undefined;
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
  const said: string[] = [];
  const shipped: string[] = [];
  const open = async (list: readonly Source[]) => {
    const sets: { samples: readonly Sample[]; weight: number }[] = [];
    for (const source of list) {
      const found = await openSource(source, baseDir);
      said.push(found.said);
      shipped.push(...found.backgrounds);
      sets.push({ samples: found.samples, weight: source.weight });
    }
    return sets;
  };
  const trainSets = await open(train);
  const valSets = await open(val);
  const unlabelledSets = await open(unlabelled);
  const named = await Promise.all(folders.map((path) => picturesBelow(resolve(baseDir, path))));
  const backgrounds = [...shipped, ...named.flat()];
  if (named.length > 0) said.push(`${named.flat().length} backgrounds from ${folders.join(", ")}`);
  const pool = (sets: typeof trainSets, key: string): SamplePool | undefined =>
    sets.length === 0 ? undefined : poolOf(sets, { backgrounds, where: `${where}.${key}` });

  if (split === undefined)
    return {
      train: poolOf(trainSets, { backgrounds, where: `${where}.train` }),
      val: pool(valSets, "val"),
      test: undefined,
      unlabelled: pool(unlabelledSets, "unlabelled"),
      said,
    };
  const parted = splitSets(trainSets, split, `${where}.split`);
  said.push(`split by seed ${split.seed}: ${parted.said}`);
  return {
    train: poolOf(parted.train, { backgrounds, where: `${where}.train` }),
    val: pool([...valSets, ...parted.val], "val"),
    test: pool(parted.test, "test"),
    unlabelled: pool(unlabelledSets, "unlabelled"),
    said,
  };
}

type WeightedSet = { readonly samples: readonly Sample[]; readonly weight: number };

/** Part every set by itself, so that each is in every part as in the whole. */
function splitSets(
  sets: readonly WeightedSet[],
  { train, val, test, seed }: NonNullable<z.output<typeof dataSchema>["split"]>,
  where: string,
): { train: WeightedSet[]; val: WeightedSet[]; test: WeightedSet[]; said: string } {
  if (sets.length > 1 && val >= 1)
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: "shares between 0 and 1 where several sets are split",
      got: `counts for ${sets.length} sets`,
    });
  const parts = sets.map(({ samples, weight }) => {
    const rest = val < 1 ? 1 - val - (test ?? 0) : samples.length - val - (test ?? 0);
    const sizes: Record<string, number> = {
      train: train ?? rest,
      val,
      ...(test === undefined ? {} : { test }),
    };
    const split: Record<string, Sample[]> = splitSamples(samples, sizes, { seed, where });
    return { split, weight };
  });
  const of = (name: string): WeightedSet[] =>
    parts.flatMap(({ split, weight }) =>
      split[name] === undefined ? [] : [{ samples: split[name], weight }],
    );
  const count = (name: string): number => of(name).reduce((sum, { samples }) => sum + samples.length, 0);
  const counts = ["train", "val", "test"].filter((name) => count(name) > 0);
  return {
    train: of("train"),
    val: of("val"),
    test: of("test"),
    said: counts.map((name) => `${count(name)} ${name}`).join(", "),
  };
}

const resolve = (baseDir: string, path: string): string => (isAbsolute(path) ? path : join(baseDir, path));

async function openSource(
  source: Source,
  baseDir: string,
): Promise<{ samples: readonly Sample[]; backgrounds: readonly string[]; said: string }> {
  const path = resolve(baseDir, source.path);
  const { draw, images, layout, masks, maskValues, names, subset } = source;
  const set = await findDataset(path, { layout, images, masks, maskValues });
  if (set.samples.length === 0) throw noPairs(source.path, set);
  let samples = set.samples;
  let said = `${source.path}: ${set.said}`;
  if (subset !== undefined) {
    samples = samples.filter(({ name }) => name.startsWith(`${subset}/`));
    said += `; ${samples.length} of ${subset}`;
  }
  if (names !== undefined) {
    const file = namesFile(path, resolve(baseDir, names), names);
    samples = selectByName(samples, await linesOf(file), { where: file });
    said += `; ${samples.length} named in ${names}`;
  }
  if (draw !== undefined) {
    const { count, seed } = draw;
    samples = splitSamples(samples, { draw: count }, { seed, where: `${source.path}, draw` }).draw;
    said += `; ${count} drawn by seed ${seed}`;
  }
  return { samples, backgrounds: set.backgrounds, said };
}

/** A file of names lies in the set's folder, or where relative paths start. */
function namesFile(set: string, beside: string, given: string): string {
  const inside = join(set, given);
  return !isAbsolute(given) && existsSync(inside) ? inside : beside;
}

function noPairs(where: string, { unpaired: { images, masks } }: Dataset): MattelierError {
  const shown = [images, masks].filter((side) => side.length > 0).map((side) => basename(side[0]!));
  return new MattelierError({
    code: "invalid-data",
    where,
    expected: "photos and masks of the same names: 0001.jpg with 0001.png or 0001_mask.png",
    got: `${counted(images.length, "photo")} and ${counted(masks.length, "mask")}, such as ${shown.join(" and ")}, of which none match`,
    fix: "rename one side; for photos without masks, name the folder that holds nothing else.",
  });
}
