import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { MattelierError } from "../util/errors.js";
import { cardSchema, type ModelCard } from "./card.js";
import { errnoOf, fileError, readIfThere } from "../files/index.js";
import { checkedPart } from "./metadata-json.js";
import { checkModelName, isModelName } from "./model-name.js";
import { isAbandoned, keyOf, ownedName } from "./owned-name.js";
import { preprocessingSchema, type Preprocessing } from "./preprocessing.js";

/** A file of a model, as it was when it was known to be whole. */
export interface StoredFile {
  /** Relative to the model's folder. The first is the .onnx, any others its external data. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Time of the last change, for the cheap check at each use. */
  readonly mtimeMs: number;
}

/** What `entry.json` holds. */
export interface StoredModel {
  readonly version: 1;
  readonly name: string;
  readonly card: ModelCard;
  readonly preprocessing: Preprocessing;
  readonly files: readonly [StoredFile, ...StoredFile[]];
}

const storedFile = z.strictObject({
  path: z.string().regex(/^[^/\\]+(\/[^/\\]+)*$/),
  bytes: z.int().min(0),
  sha256: z.string(),
  mtimeMs: z.number(),
});
const storedModel: z.ZodType<StoredModel> = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  card: cardSchema,
  preprocessing: preprocessingSchema,
  files: z.tuple([storedFile], storedFile),
});

/** The .onnx in a model's folder. */
export const MODEL_FILE = "model.onnx";
const ENTRY_FILE = "entry.json";

/** A folder in the making, which becomes the model's in one step. */
export interface StagedModel {
  readonly folder: string;
  /**
   * Give it its name. `files` are relative paths with digests; sizes and times are read from the disk.
   * @throws MattelierError `exists` when there is a model of this name and `force` is not set
   */
  commit(
    entry: Omit<StoredModel, "version" | "files"> & { readonly digests: ReadonlyMap<string, string> },
    options: { readonly force: boolean },
  ): Promise<StoredModel>;
  discard(): Promise<void>;
}

/** Models on the disk: `<cacheDir>/models/<name>/{model.onnx, entry.json}`. */
export class ModelStore {
  readonly root: string;

  constructor(cacheDir: string) {
    this.root = join(cacheDir, "models");
  }

  folderOf(name: string): string {
    checkModelName(name);
    return join(this.root, name);
  }

  async names(): Promise<string[]> {
    try {
      const entries = await readdir(this.root, { withFileTypes: true });
      return entries
        .filter((entry) => entry.isDirectory() && isModelName(entry.name))
        .map(({ name }) => name)
        .sort();
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw fileError(error, { where: this.root, doing: "reading" });
    }
  }

  /**
   * @returns undefined when there is no such model
   * @throws MattelierError `invalid-model` when its entry does not read
   */
  async read(name: string): Promise<StoredModel | undefined> {
    const path = join(this.folderOf(name), ENTRY_FILE);
    const text = await readIfThere(path);
    if (text === undefined) return undefined;
    const fix = `run mattelier models remove ${name}, then add it again`;
    try {
      return checkedPart(storedModel, JSON.parse(text), { where: path, fix });
    } catch (error) {
      if (error instanceof MattelierError) throw error;
      const facts = { where: path, expected: "JSON", got: "something else", fix, cause: error };
      throw new MattelierError({ code: "invalid-model", ...facts });
    }
  }

  /** Begin a model's folder; what dead processes left of theirs is cleared away. */
  async stage(name: string): Promise<StagedModel> {
    const final = this.folderOf(name);
    const folder = join(this.root, ownedName(name));
    try {
      await mkdir(this.root, { recursive: true });
      for (const left of await readdir(this.root)) {
        const path = join(this.root, left);
        if (keyOf(left) !== undefined && (await isAbandoned(left, path)))
          await rm(path, { recursive: true, force: true });
      }
      await mkdir(folder);
    } catch (error) {
      throw fileError(error, { where: this.root, doing: "writing" });
    }
    return {
      folder,
      discard: () => rm(folder, { recursive: true, force: true }),
      commit: async ({ digests, ...entry }, { force }) => {
        try {
          const stored = { version: 1 as const, ...entry, files: await describeFiles(folder, digests) };
          await writeFile(join(folder, ENTRY_FILE), `${JSON.stringify(stored, undefined, 2)}\n`);
          await this.#moveInto(folder, final, { name, force });
          return stored;
        } catch (error) {
          throw fileError(error, { where: final, doing: "writing" });
        }
      },
    };
  }

  /** Take over what changed about the files on the disk without changing their contents. */
  async rewrite(stored: StoredModel): Promise<void> {
    const folder = this.folderOf(stored.name);
    const fresh = join(folder, ownedName(ENTRY_FILE));
    try {
      await writeFile(fresh, `${JSON.stringify(stored, undefined, 2)}\n`);
      await rename(fresh, join(folder, ENTRY_FILE));
    } catch (error) {
      throw fileError(error, { where: folder, doing: "writing" });
    }
  }

  /** @returns whether there was one */
  async remove(name: string): Promise<boolean> {
    const folder = this.folderOf(name);
    const doomed = join(this.root, ownedName(name));
    try {
      await rename(folder, doomed); // at once, so that nobody finds half a model
      await rm(doomed, { recursive: true, force: true });
      return true;
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw fileError(error, { where: folder, doing: "writing" });
    }
  }

  async #moveInto(folder: string, final: string, options: { name: string; force: boolean }): Promise<void> {
    for (;;) {
      try {
        await rename(folder, final);
        return;
      } catch (error) {
        // Windows says EPERM for a folder that is there; the others leave no doubt.
        const taken = ["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "");
        if (!taken && (await stat(final).catch(() => undefined)) === undefined) throw error;
      }
      if (!options.force) throw existsError(options.name);
      await this.remove(options.name);
    }
  }
}

/** The error for a name that is taken. */
export function existsError(name: string): MattelierError {
  return new MattelierError({
    code: "exists",
    where: `model ${name}`,
    expected: "a name that is not taken",
    got: "a model of this name",
    fix: "choose another with --name, or replace it with --force",
  });
}

async function describeFiles(
  folder: string,
  digests: ReadonlyMap<string, string>,
): Promise<StoredModel["files"]> {
  const files = await Promise.all(
    [...digests].map(async ([path, sha256]) => {
      const { size, mtimeMs } = await stat(join(folder, path));
      return { path, bytes: size, sha256, mtimeMs };
    }),
  );
  return files as [StoredFile, ...StoredFile[]];
}
