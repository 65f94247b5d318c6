import { stat } from "node:fs/promises";
import { basename, dirname, join, normalize, relative } from "node:path";
import { MattelierError } from "../../util/index.js";
import type { Dataset, MaskValues } from "../sample.js";
import { besideEachOther } from "./beside.js";
import { composition, cutouts } from "./cutouts.js";
import { picturesBelow, readFolder, type Folder } from "./folder.js";
import type { Layout, LayoutResult } from "./layout.js";
import { listFiles, readList } from "./list-files.js";
import { pairedFolders, pairsOf, twoFolders } from "./paired-folders.js";
import { unlabelled } from "./unlabelled.js";

/** Every layout, the most telling first. */
export const layouts = [
  listFiles,
  composition,
  pairedFolders,
  cutouts,
  besideEachOther,
  twoFolders,
  unlabelled,
] as const satisfies readonly Layout[];

export type LayoutName =
  "lists" | "composition" | "pairs" | "cutouts" | "beside" | "two-folders" | "unlabelled";

export interface FindOptions {
  /** Understand the folder this way only. */
  readonly layout?: LayoutName | undefined;
  /** Folders of photos and of masks, below the set's, instead of looking for them. */
  readonly images?: string | undefined;
  readonly masks?: string | undefined;
  /** How the masks of pairs are to be read; found out by default. */
  readonly maskValues?: MaskValues | undefined;
}

/**
 * Understand a folder of training pictures, or a list file of pairs. A folder of sets (DUTS-TR and DUTS-TE, DIS-TR
 * and DIS-VD) is all of them, each sample's name beginning with its set's.
 *
 * @throws MattelierError `not-found`, `unreadable`, `invalid-data` when no layout fits: it lists those there are
 */
export async function findDataset(path: string, options: FindOptions = {}): Promise<Dataset> {
  const found = await understand(path, options);
  const { maskValues } = options;
  if (maskValues === undefined) return found;
  return {
    ...found,
    said: `${found.said}; masks read as ${maskValues === "labels" ? "labels" : "mattes"}, as told`,
    samples: found.samples.map((sample) => (sample.kind === "pair" ? { ...sample, maskValues } : sample)),
  };
}

async function understand(path: string, options: FindOptions): Promise<Dataset> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === true) return { path, splitFiles: [], ...(await readList(path)) };
  const folder = await readFolder(path);
  if (options.images !== undefined || options.masks !== undefined)
    return { path, splitFiles: splitsOf(folder), ...(await explicit(folder, options)) };
  const found = (await findHere(folder, options.layout)) ?? (await findBelow(folder, options.layout));
  if (found === undefined) throw notUnderstood(folder, options.layout);
  return { path, splitFiles: splitsOf(folder), ...found };
}

async function findHere(folder: Folder, only?: LayoutName): Promise<LayoutResult | undefined> {
  for (const layout of layouts) {
    if (only !== undefined && layout.name !== only) continue;
    const found = await layout.find(folder);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The sets in a folder's folders, two levels down at most. */
async function findBelow(folder: Folder, only?: LayoutName, depth = 2): Promise<LayoutResult | undefined> {
  const parts: [name: string, found: LayoutResult][] = [];
  for (const name of folder.folders) {
    const inner = await readFolder(join(folder.path, name));
    const found =
      (await findHere(inner, only)) ?? (depth > 1 ? await findBelow(inner, only, depth - 1) : undefined);
    if (found !== undefined) parts.push([name, found]);
  }
  if (parts.length === 0) return undefined;
  const all = <T>(of: (found: LayoutResult) => readonly T[]): T[] => parts.flatMap(([, found]) => of(found));
  return {
    said: parts.map(([name, { said }]) => `${name}: ${said}`).join("; "),
    samples: parts.flatMap(([subset, { samples }]) =>
      samples.map((sample) => ({ ...sample, name: `${subset}/${sample.name}` })),
    ),
    backgrounds: all((found) => found.backgrounds),
    unpaired: {
      images: all((found) => found.unpaired.images),
      masks: all((found) => found.unpaired.masks),
    },
  };
}

async function explicit(folder: Folder, { images, masks }: FindOptions): Promise<LayoutResult> {
  if (images !== undefined && masks !== undefined) {
    const found = await pairsOf(folder.path, bareName(images), bareName(masks));
    if (found === undefined) throw notUnderstood(folder);
    return found;
  }
  if (images === undefined)
    throw new MattelierError({
      code: "invalid-config",
      where: folder.path,
      expected: "the folder of photos with that of masks",
      got: "masks alone",
      fix: "name both.",
    });
  const root = join(folder.path, images);
  const found = await unlabelled.find({
    ...(await readFolder(root)),
    path: root,
    folders: [],
    pictures: (await picturesBelow(root)).map((path) => relative(root, path)),
  });
  if (found === undefined) throw notUnderstood(folder);
  return found;
}

/** A folder's name as typed, without `./` before and slashes behind. */
const bareName = (typed: string): string => normalize(typed).replace(/(?<=.)[/\\]+$/, "");

const splitsOf = ({ path, texts }: Folder): string[] =>
  texts.filter((name) => /split|train|val|test/i.test(name)).map((name) => join(path, name));

function notUnderstood({ path, folders, pictures, texts }: Folder, only?: LayoutName): MattelierError {
  const parts = [
    folders.length === 0 ? "" : `folders ${folders.slice(0, 6).join(", ")}${folders.length > 6 ? ", …" : ""}`,
    `${pictures.length} pictures`,
    texts.length === 0 ? "" : `${texts.length} text files`,
  ];
  const known = layouts.filter(({ name }) => only === undefined || name === only);
  return new MattelierError({
    code: "invalid-data",
    where: path,
    expected: `training pictures laid out as ${known.map(({ summary }) => summary).join("; or ")}`,
    got: parts.filter(Boolean).join(", "),
    fix: `name the folders, as in { "path": ${JSON.stringify(join(dirname(path), basename(path)))}, "images": …, "masks": … }.`,
  });
}
