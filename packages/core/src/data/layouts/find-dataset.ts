import { stat } from "node:fs/promises";
import { basename, dirname, join, normalize, relative, sep } from "node:path";
import { MattelierError } from "../../util/index.js";
import type { Dataset, MaskValues } from "../sample.js";
import { besideEachOther } from "./beside.js";
import { composition, cutouts } from "./cutouts.js";
import { ifReadable, picturesBelow, readFolder, type Folder } from "./folder.js";
import { counted, joinParts, type Layout, type LayoutResult } from "./layout.js";
import { listFiles, readList } from "./list-files.js";
import { pairedFolders, pairsOf, twoFolders } from "./paired-folders.js";
import { unlabelled } from "./unlabelled.js";

/** Layouts with masks, the most telling first. */
const labelled = [listFiles, composition, pairedFolders, besideEachOther, twoFolders] as const;
/** Layouts of pictures alone: any stray picture would do for one. */
const bare = [cutouts, unlabelled] as const;

/** Every layout, the most telling first. */
export const layouts = [...labelled, ...bare] as const satisfies readonly Layout[];

export type LayoutName = (typeof layouts)[number]["name"];

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
  const found = await find(path, options);
  const { maskValues } = options;
  if (maskValues === undefined) return found;
  return {
    ...found,
    said: `${found.said}; masks read as ${maskValues === "matte" ? "mattes" : maskValues}, as told`,
    samples: found.samples.map((sample) => (sample.kind === "pair" ? { ...sample, maskValues } : sample)),
  };
}

async function find(path: string, options: FindOptions): Promise<Dataset> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() === true) return { path, ...(await readList(path)) };
  const folder = await readFolder(path);
  const named = options.images !== undefined || options.masks !== undefined;
  const found = await (named ? explicit(folder, options) : understand(folder, options.layout));
  if (found === undefined) throw notUnderstood(folder, options.layout);
  return { path, ...found };
}

/**
 * Pairs of the folder's folders go first. Then pictures with a matte: those that lie in the folder itself, or what lies
 * below it, at most `depth` down, whichever are more. Then masks that match nothing, to be told; then photos alone, where
 * they are more.
 */
async function understand(folder: Folder, only?: LayoutName, depth = 2): Promise<LayoutResult | undefined> {
  const paired = await firstOf(labelled, folder, only);
  // A few pairs beside each other may be an example of the sets below.
  if (paired?.layout !== besideEachOther && holdsSamples(paired?.found)) return paired?.found;
  const here = (paired ?? (await firstOf(bare, folder, only)))?.found;
  const asTold = only !== undefined && holdsSamples(here);
  if (asTold || depth === 0) return here;
  const below = await findBelow(withoutUnpaired(folder, here), only, depth - 1);
  if (below === undefined) return here;
  if (here !== undefined && !goesBefore(below, here))
    return leaving(here, filesOf(below), "in folders below");
  const loose = folder.pictures.map((name) => join(folder.path, name));
  return leaving(below, here === undefined ? loose : [...loose, ...filesOf(here)], "beside");
}

/** The first layout that fits and finds samples, or else the first that fits. */
async function firstOf(
  among: readonly Layout[],
  folder: Folder,
  only: LayoutName | undefined,
): Promise<{ readonly layout: Layout; readonly found: LayoutResult } | undefined> {
  let first: { readonly layout: Layout; readonly found: LayoutResult } | undefined;
  for (const layout of among) {
    if (only !== undefined && layout.name !== only) continue;
    const found = await layout.find(folder);
    if (found === undefined) continue;
    if (holdsSamples(found)) return { layout, found };
    first ??= { layout, found };
  }
  return first;
}

const holdsSamples = (found: LayoutResult | undefined): boolean =>
  found !== undefined && found.samples.length > 0;

/** A folder without those of its folders whose files match nothing: such masks are no cut-outs, nor such photos alone. */
function withoutUnpaired(folder: Folder, found: LayoutResult | undefined): Folder {
  const files = found === undefined ? [] : [...found.unpaired.images, ...found.unpaired.masks];
  const used = new Set(files.map((file) => relative(folder.path, file).split(sep)[0]!));
  return { ...folder, folders: folder.folders.filter((name) => !used.has(name)) };
}

/** Whether what lies below a folder is more to the point than what lies in it. */
function goesBefore(below: LayoutResult, here: LayoutResult): boolean {
  const masked = ({ samples }: LayoutResult): number =>
    samples.filter(({ kind }) => kind !== "unlabelled").length;
  if (masked(below) + masked(here) > 0) return masked(below) > masked(here);
  // Masks of the folder itself that match nothing are told, whatever lies below.
  return holdsSamples(here) && filesOf(below).length > filesOf(here).length;
}

/** Every file that a set speaks of. */
function filesOf({ samples, backgrounds, unpaired }: LayoutResult): string[] {
  const own = samples.flatMap((sample) =>
    "maskPath" in sample ? [sample.imagePath, sample.maskPath] : [sample.imagePath],
  );
  return [...own, ...backgrounds, ...unpaired.images, ...unpaired.masks];
}

/** A set that says how many of other files are not in it. */
function leaving(found: LayoutResult, others: readonly string[], where: string): LayoutResult {
  const taken = new Set(filesOf(found));
  const left = new Set(others.filter((file) => !taken.has(file))).size;
  return left === 0
    ? found
    : { ...found, said: `${found.said}; ${counted(left, "picture")} ${where} left out` };
}

/** The sets in a folder's folders; those that may not be read are left out. */
async function findBelow(
  { path, folders }: Folder,
  only: LayoutName | undefined,
  depth: number,
): Promise<LayoutResult | undefined> {
  const parts: [name: string, found: LayoutResult][] = [];
  const unread: string[] = [];
  for (const name of folders) {
    const inner = await ifReadable(readFolder(join(path, name)));
    if (inner === undefined) unread.push(name);
    const found = inner && (await understand(inner, only, depth));
    if (found !== undefined) parts.push([name, found]);
  }
  if (parts.length === 0) return undefined;
  const found = joinParts(parts);
  if (unread.length === 0) return found;
  return { ...found, said: `${found.said}; left out because unreadable: ${unread.join(", ")}` };
}

async function explicit(folder: Folder, { images, masks }: FindOptions): Promise<LayoutResult | undefined> {
  if (images !== undefined && masks !== undefined)
    return pairsOf(folder.path, bareName(images), bareName(masks));
  if (images === undefined)
    throw new MattelierError({
      code: "invalid-config",
      where: folder.path,
      expected: "the folder of photos with that of masks",
      got: "masks alone",
      fix: "name both.",
    });
  const root = join(folder.path, images);
  return unlabelled.find({
    ...(await readFolder(root)),
    path: root,
    folders: [],
    pictures: (await picturesBelow(root)).map((path) => relative(root, path)),
  });
}

/** A folder's name as typed, without `./` before and slashes behind. */
const bareName = (typed: string): string => normalize(typed).replace(/(?<=.)[/\\]+$/, "");

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
