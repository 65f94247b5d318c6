import { readdir, stat } from "node:fs/promises";
import { basename, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { MattelierError, messageOf } from "@mattelier/core/util";

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

export interface FindOptions {
  /** File name endings taken from folders and patterns, with the dot, in lower case. */
  readonly extensions: ReadonlySet<string>;
  /** The output folder: left out where it lies inside an input. */
  readonly exclude?: string;
}

/**
 * The pictures that arguments stand for: files by name, patterns, folders with all below them.
 *
 * @param inputs paths, patterns or `-`
 * @throws MattelierError `invalid-argument` for a folder that is also the output
 */
export async function findPictures(inputs: readonly string[], options: FindOptions): Promise<Found> {
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
    const kind = await kindOf(input);
    if (kind === "folder") {
      if (options.exclude !== undefined && resolve(input) === resolve(options.exclude)) throw inPlace(input);
      const paths = await picturesBelow(input, options.extensions);
      for (const path of outside(input, paths, options)) add({ path, relativePath: relative(input, path) });
    } else if (kind === "file") {
      add({ path: input, relativePath: basename(input) });
      named += 1;
    } else if (isDynamicPattern(input)) {
      const base = commonFolder(input);
      const matches = (await glob(input, { onlyFiles: true, dot: false, expandDirectories: false })).sort();
      const paths = outside(base, matches, options).filter((path) => isPicture(path, options.extensions));
      if (paths.length === 0) missing.push(nothingAt(input, "a pattern that matches no picture"));
      for (const path of paths) add({ path, relativePath: relative(base, path) });
    } else missing.push(nothingAt(input, kind));
  }
  return { sources: [...sources.values()], single: named === 1 && sources.size === 1, missing };
}

/** "folder", "file", or why neither can be had. */
async function kindOf(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "nothing there";
    return code === "EACCES" ? "no permission to look there" : messageOf(error);
  }
}

/** The folder of a pattern before its first special character: what the output mirrors from. */
function commonFolder(pattern: string): string {
  const parts = pattern.split("/");
  const firstSpecial = parts.findIndex((part) => isDynamicPattern(part));
  return parts.slice(0, firstSpecial).join("/") || ".";
}

async function picturesBelow(folder: string, extensions: ReadonlySet<string>): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isPicture(path, extensions) && !isHidden(relative(folder, path)))
    .sort();
}

/** Whether a file's name ends as a picture's. */
export const isPicture = (path: string, extensions: ReadonlySet<string>): boolean =>
  extensions.has(extname(path).toLowerCase());

/** The paths without those in the output folder, where that lies inside the input. */
function outside(input: string, paths: readonly string[], { exclude }: FindOptions): readonly string[] {
  if (exclude === undefined || !isWithin(exclude, input)) return paths;
  return paths.filter((path) => !isWithin(path, exclude));
}

const isHidden = (path: string): boolean => path.split(sep).some((part) => part.startsWith("."));

/** Whether a path lies below a folder. */
export function isWithin(path: string, folder: string): boolean {
  const below = relative(resolve(folder), resolve(path));
  return below !== "" && !/^\.\.([\\/]|$)/.test(below) && !isAbsolute(below);
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

function inPlace(input: string): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: "--output",
    expected: "another folder than the input",
    got: input,
    fix: `for instance: mattelier remove ${input} -o cutouts/.`,
  });
}
