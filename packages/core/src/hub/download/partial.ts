import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { errnoOf, fileError } from "../../files/file-error.js";
import { freeName, isAbandoned, keyOf, ownedName } from "../owned-name.js";

/** What must be known of a server's file to fetch the rest of it later. */
export interface PartialState {
  /** A strong ETag or a Last-Modified date: what `If-Range` takes. */
  readonly validator?: string;
  readonly totalBytes?: number;
}

const stateSchema: z.ZodType<PartialState> = z.strictObject({
  validator: z.string().exactOptional(),
  totalBytes: z.int().min(0).exactOptional(),
});

/** A download that nobody has taken up for so long is not wanted any more. */
const FORGOTTEN_MS = 30 * 24 * 3600 * 1000;

/** A download's folder: the bytes so far and what is needed to go on. One process owns it at a time. */
export interface PartialDownload {
  readonly dataPath: string;
  /** Bytes and state that an earlier try left; 0 and {} at the first. */
  readonly bytes: number;
  readonly state: PartialState;
  saveState(state: PartialState): Promise<void>;
  /** Leave it for the next try to take up. Nothing happens after a discard. */
  release(): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Take up the largest download of this key that nobody works on, or begin one. Two processes that ask at the same
 * time get two folders: whoever renames a folder first has it.
 * @throws MattelierError `unwritable`
 */
export async function claimPartial(folder: string, key: string): Promise<PartialDownload> {
  const path = join(folder, ownedName(key));
  try {
    await mkdir(folder, { recursive: true });
    const left = await abandoned(folder, key);
    const taken = await firstRenamed(left, path);
    if (taken === undefined) await mkdir(path);
    for (const other of left) if (other !== taken) await rm(other, { recursive: true, force: true });
    const dataPath = join(path, "data.part");
    await (await open(dataPath, "a")).close();
    return {
      dataPath,
      bytes: (await stat(dataPath)).size,
      state: await readState(join(path, "state.json")),
      saveState: (state) => writeFile(join(path, "state.json"), JSON.stringify(state)),
      // Where this fails, the folder is taken up once this process has ended.
      release: () => rename(path, join(folder, freeName(key))).catch(() => undefined),
      discard: () => rm(path, { recursive: true, force: true }),
    };
  } catch (error) {
    throw fileError(error, { where: folder, doing: "writing" });
  }
}

/** Folders of this key that nobody works on, the one with the most bytes first. Old ones of other keys are removed. */
async function abandoned(folder: string, key: string): Promise<string[]> {
  const found: { path: string; bytes: number }[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (keyOf(name) === undefined || !(await isAbandoned(name, path))) continue;
    const data = await stat(join(path, "data.part")).catch(() => undefined);
    if (keyOf(name) === key) found.push({ path, bytes: data?.size ?? 0 });
    else if (Date.now() - (data?.mtimeMs ?? 0) > FORGOTTEN_MS)
      await rm(path, { recursive: true, force: true });
  }
  return found.sort((a, b) => b.bytes - a.bytes).map(({ path }) => path);
}

async function firstRenamed(candidates: readonly string[], to: string): Promise<string | undefined> {
  for (const path of candidates) {
    try {
      await rename(path, to);
      return path;
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error; // ENOENT: another process was first
    }
  }
  return undefined;
}

/** A state that does not read (cut short by a crash) is no state: the download starts over. */
async function readState(path: string): Promise<PartialState> {
  try {
    return stateSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return {};
  }
}
