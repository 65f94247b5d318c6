import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, join, relative } from "node:path";
import { MattelierError, messageOf } from "../../util/index.js";

/** What lies in one folder; names, sorted. */
export interface Folder {
  readonly path: string;
  readonly folders: readonly string[];
  readonly pictures: readonly string[];
  /** Text files: lists and splits. */
  readonly texts: readonly string[];
}

const PICTURE = /\.(jpe?g|png|webp|avif|tiff?|gif|jfif|jpe)$/i;

export const isPictureName = (name: string): boolean => PICTURE.test(name);

/** A file's name without folder and ending. */
export const stemOf = (path: string): string => basename(path, extname(path));

/** A name without a picture's ending, if it has one: `0001` of `0001.jpg`, but `v1.2` as it is. */
export const withoutPictureEnding = (name: string): string => name.replace(PICTURE, "");

/** A path without its file's ending. */
export const withoutEnding = (path: string): string => path.replace(/\.[^./\\]+$/, "");

/** A file's path below a folder, without ending. However the folder's path is written (`x/`, `./x`), it is the same. */
export const nameBelow = (folder: string, path: string): string => withoutEnding(relative(folder, path));

/** What files are called: their paths without ending, or with it where they differ in nothing else. */
export function namesOf(paths: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const name of paths.map(withoutEnding)) times.set(name, (times.get(name) ?? 0) + 1);
  return paths.map((path) => (times.get(withoutEnding(path)) === 1 ? withoutEnding(path) : path));
}

/** `namesOf` of paths below a folder. */
export const namesBelow = (folder: string, paths: readonly string[]): string[] =>
  namesOf(paths.map((path) => relative(folder, path)));

/**
 * List a folder; hidden entries are left out.
 * @throws MattelierError `not-found` or `unreadable`
 */
export async function readFolder(path: string): Promise<Folder> {
  const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new MattelierError({
      code: code === "ENOENT" ? "not-found" : "unreadable",
      where: path,
      expected: "a folder of training pictures",
      got: code === "ENOENT" ? "nothing there" : code === "ENOTDIR" ? "a file" : messageOf(cause),
      cause,
    });
  });
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  const kinds = await Promise.all(
    visible.map(async (entry) =>
      entry.isSymbolicLink() ? ((await ledTo(path, entry.name)) ?? entry) : entry,
    ),
  );
  type Kind = (typeof kinds)[number];
  const named = (is: (kind: Kind, name: string) => boolean): string[] =>
    visible
      .map(({ name }) => name)
      .filter((name, i) => is(kinds[i]!, name))
      .sort();
  return {
    path,
    folders: named((kind) => kind.isDirectory()),
    // A picture's link that leads nowhere stays, to be told of when it is read.
    pictures: named((kind, name) => isPictureName(name) && (kind.isFile() || kind.isSymbolicLink())),
    texts: named((kind, name) => /\.(txt|lst|csv)$/i.test(name) && kind.isFile()),
  };
}

/** What a link leads to, unless that is nothing, or a folder that the link is in: there it would lead for ever. */
async function ledTo(folder: string, link: string): Promise<Stats | undefined> {
  try {
    const path = join(folder, link);
    const info = await stat(path);
    const isRound =
      info.isDirectory() && !relative(await realpath(path), await realpath(folder)).startsWith("..");
    return isRound ? undefined : info;
  } catch {
    return undefined;
  }
}

/** What was read, or undefined where the system does not let it be. */
export async function ifReadable<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof MattelierError && error.code === "unreadable") return undefined;
    throw error;
  });
}

/** Paths of a folder's pictures, those of folders below it too. */
export async function picturesBelow(path: string): Promise<string[]> {
  const folder = await readFolder(path);
  const below = await Promise.all(folder.folders.map((name) => picturesBelow(join(path, name))));
  return [...folder.pictures.map((name) => join(path, name)), ...below.flat()];
}
