import { readdir, stat } from "node:fs/promises";
import { basename, extname, join, relative, resolve, sep } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { MattelierError } from "@mattelier/core/util";

/** A picture to work on. */
export interface Source {
  /** Path as given, or found below a folder that was given. `-` is standard input. */
  readonly path: string;
  /** Path below the folder given, which the output mirrors; the bare name for a file given by itself. */
  readonly relativePath: string;
}

export interface Found {
  readonly sources: readonly Source[];
  /** True when one file was named outright: its output may be a file's name too. */
  readonly single: boolean;
  /** Arguments that match nothing, as errors to report. */
  readonly missing: readonly MattelierError[];
}

/**
 * The pictures that arguments stand for: files by name, globs, folders with all below them.
 *
 * @param inputs paths, patterns or `-`
 * @param options.extensions file name endings taken from folders and globs, with the dot, in lower case
 * @param options.exclude a folder to leave out (the output, when it lies inside an input)
 */
export async function findPictures(
  inputs: readonly string[],
  options: { readonly extensions: ReadonlySet<string>; readonly exclude?: string },
): Promise<Found> {
  const sources = new Map<string, Source>();
  const missing: MattelierError[] = [];
  let named = 0;
  const add = (source: Source): void => {
    const key = source.path === "-" ? "-" : resolve(source.path);
    if (!sources.has(key)) sources.set(key, source);
  };

  for (const input of inputs) {
    if (input === "-") {
      add({ path: "-", relativePath: "stdin" });
      named += 1;
      continue;
    }
    const info = await stat(input).catch(() => undefined);
    if (info?.isDirectory()) {
      for (const path of await picturesBelow(input, options))
        add({ path, relativePath: relative(input, path) });
    } else if (info !== undefined) {
      add({ path: input, relativePath: basename(input) });
      named += 1;
    } else if (isDynamicPattern(input)) {
      const matches = (await glob(input, { onlyFiles: true, dot: false, expandDirectories: false })).sort();
      const pictures = matches.filter((path) => isPicture(path, options));
      if (pictures.length === 0) missing.push(nothingAt(input, "a pattern that matches no picture"));
      const base = commonFolder(input);
      for (const path of pictures) add({ path, relativePath: relative(base, path) });
    } else missing.push(nothingAt(input, "nothing there"));
  }
  return { sources: [...sources.values()], single: named === 1 && sources.size === 1, missing };
}

/** The folder of a pattern before its first special character: what the output mirrors from. */
function commonFolder(pattern: string): string {
  const parts = pattern.split("/");
  const firstSpecial = parts.findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, firstSpecial).join("/") || ".";
}

async function picturesBelow(
  folder: string,
  options: { readonly extensions: ReadonlySet<string>; readonly exclude?: string },
): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isPicture(path, options) && !isHidden(relative(folder, path)))
    .sort();
}

/** Whether a file belongs in the work: its name ends as a picture's, and it is not in the excluded folder. */
export function isPicture(
  path: string,
  { extensions, exclude }: { readonly extensions: ReadonlySet<string>; readonly exclude?: string },
): boolean {
  if (!extensions.has(extname(path).toLowerCase())) return false;
  return exclude === undefined || !isWithin(path, exclude);
}

const isHidden = (path: string): boolean => path.split(sep).some((part) => part.startsWith("."));

function isWithin(path: string, folder: string): boolean {
  const below = relative(resolve(folder), resolve(path));
  return below !== "" && !below.startsWith("..") && resolve(below) !== below;
}

function nothingAt(input: string, got: string): MattelierError {
  return new MattelierError({
    code: "not-found",
    where: input,
    expected: "a picture, a folder or a pattern that matches pictures",
    got,
    fix: "check the path; quote patterns so that the shell leaves them alone.",
  });
}
