import { stat } from "node:fs/promises";
import { join } from "node:path";
import { MattelierError } from "../util/errors.js";
import { fileError } from "../files/file-error.js";
import { digestOfFile } from "./file-hash.js";
import { createProgressMeter, type OnProgress } from "./progress.js";
import type { ModelStore, StoredFile, StoredModel } from "./store.js";

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * The cheap check before each use: size and time of change of each file, a few microseconds. A file of the same
 * size that was touched since is hashed; if it is still the same, its new time is noted.
 * @throws MattelierError `checksum-mismatch`, `not-found`
 */
export async function checkStored(
  store: ModelStore,
  stored: StoredModel,
  options: VerifyOptions = {},
): Promise<StoredModel> {
  const files = await Promise.all(
    stored.files.map(async (file): Promise<StoredFile> => {
      const { mtimeMs } = await checkedStat(store, stored, file);
      if (mtimeMs === file.mtimeMs) return file;
      await checkDigest(store, stored, file, options);
      return { ...file, mtimeMs };
    }),
  );
  if (files.every((file, i) => file === stored.files[i])) return stored;
  const fresh = { ...stored, files: files as [StoredFile, ...StoredFile[]] };
  // A cache that only others may write to serves as well; it is hashed at each use then.
  await store.rewrite(fresh).catch((error: unknown) => {
    if (!(error instanceof MattelierError && error.code === "unwritable")) throw error;
  });
  return fresh;
}

/**
 * The full check: hash every file.
 * @throws MattelierError `checksum-mismatch`, `not-found`
 */
export async function verifyStored(
  store: ModelStore,
  stored: StoredModel,
  options: VerifyOptions = {},
): Promise<void> {
  for (const file of stored.files) {
    await checkedStat(store, stored, file);
    await checkDigest(store, stored, file, options);
  }
}

async function checkedStat(store: ModelStore, stored: StoredModel, file: StoredFile) {
  const path = join(store.folderOf(stored.name), file.path);
  const facts = await stat(path).catch((error: unknown) => {
    throw fileError(error, { where: path, doing: "reading" });
  });
  if (facts.size !== file.bytes) throw damaged(stored, path, `${file.bytes} bytes`, `${facts.size} bytes`);
  return facts;
}

async function checkDigest(
  store: ModelStore,
  stored: StoredModel,
  file: StoredFile,
  { signal, onProgress }: VerifyOptions,
): Promise<void> {
  const path = join(store.folderOf(stored.name), file.path);
  const meter = createProgressMeter("check", onProgress);
  meter.setTotal(file.bytes);
  const onBytes = (bytes: number): void => {
    meter.add(bytes);
  };
  const { sha256 } = await digestOfFile(path, { signal, onBytes });
  meter.finish();
  if (sha256 !== file.sha256) throw damaged(stored, path, `SHA-256 ${file.sha256}`, sha256);
}

function damaged({ name }: StoredModel, where: string, expected: string, got: string): MattelierError {
  return new MattelierError({
    code: "checksum-mismatch",
    where,
    expected,
    got,
    fix: `the file has changed since it was added; run mattelier models remove ${name}, then add it again`,
  });
}
