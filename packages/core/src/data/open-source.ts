import * as z from "zod";
import { existsSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { MattelierError, unknownName } from "../util/index.js";
import { findDataset, layouts, linesOf } from "./layouts/index.js";
import { counted } from "./layouts/layout.js";
import { selectByName, splitSamples } from "./split.js";
import { MASK_VALUES, type Dataset, type Sample } from "./sample.js";

const fullSource = z.strictObject({
  path: z.string().min(1).describe("a folder, or a list file of pairs"),
  layout: z
    .enum(layouts.map(({ name }) => name))
    .optional()
    .describe("how the folder is to be understood; found out by default"),
  images: z.string().optional().describe("the folder of photos in it"),
  masks: z.string().optional().describe("the folder of masks in it"),
  maskValues: z
    .enum(MASK_VALUES)
    .optional()
    .describe(
      "whether masks hold classes by number (0 and 255 are not subject) or by colour, or opacity; found out by default",
    ),
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

export type Source = z.output<typeof fullSource>;

/** A set of a configuration. */
export interface OpenSet {
  readonly source: Source;
  /** Where it lies. */
  readonly path: string;
  /** What subset, names and draw leave of it. */
  readonly samples: readonly Sample[];
  readonly weight: number;
  /** That came with it. */
  readonly backgrounds: readonly string[];
  /** All of its samples. */
  readonly whole: readonly Sample[];
  /** How it was understood, and what was taken of it. */
  readonly said: string;
}

/**
 * Find a set and take what its settings ask for.
 * @param baseDir what relative paths start from
 * @throws MattelierError `invalid-data` where no photo has a mask of its name, `unknown-name` for a subset that there is
 *   not; what finding the set, selecting by name and drawing throw
 */
export async function openSource(source: Source, baseDir: string): Promise<OpenSet> {
  const path = fromBase(baseDir, source.path);
  const { draw, images, layout, masks, maskValues, names, subset, weight } = source;
  const set = await findDataset(path, { layout, images, masks, maskValues });
  if (set.samples.length === 0) throw noPairs(source.path, set);
  let samples = set.samples;
  let said = `${source.path}: ${set.said}`;
  if (subset !== undefined) {
    samples = samples.filter(({ name }) => name.startsWith(`${subset}/`));
    if (samples.length === 0) throw noSubset(subset, source.path, set);
    said += `; ${samples.length} of ${subset}`;
  }
  if (names !== undefined) {
    const file = namesFile(path, fromBase(baseDir, names), names);
    const lines = await linesOf(file);
    samples = selectByName(samples, lines, { where: file });
    const again = lines.length - samples.length;
    said += `; ${samples.length} named in ${names}${again === 0 ? "" : ` (${counted(again, "repeated line")} left out)`}`;
  }
  if (draw !== undefined) {
    const { count, seed } = draw;
    samples = splitSamples(samples, { draw: count }, { seed, where: `${source.path}, draw` }).draw;
    said += `; ${count} drawn by seed ${seed}`;
  }
  return { source, path, samples, weight, backgrounds: set.backgrounds, whole: set.samples, said };
}

/** A path of a configuration. */
export const fromBase = (baseDir: string, path: string): string =>
  isAbsolute(path) ? path : join(baseDir, path);

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

function noSubset(subset: string, path: string, { samples }: Dataset): MattelierError {
  const folders = samples.flatMap(({ name }) => (name.includes("/") ? [name.split("/", 1)[0]!] : []));
  const where = `${path}, subset`;
  if (folders.length > 0) return unknownName(where, subset, [...new Set(folders)]);
  return new MattelierError({
    code: "unknown-name",
    where,
    expected: "a set of several parts",
    got: `${JSON.stringify(subset)} of a set that is one`,
    fix: "leave subset out.",
  });
}
