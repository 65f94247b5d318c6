import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "./file-error.js";

/** Neighbours that are being written. */
const unfinished = new Set<string>();

/** Take away what is half written: for a program that ends in the middle of it, as it exits. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/**
 * Write a file so that it is there whole or not at all: to a hidden neighbour first, which reaches the disk and then
 * takes the place of whatever was there. Folders on the way are made.
 *
 * @throws MattelierError `unwritable`; what was there stays
 */
export async function replaceFile(
  path: string,
  write: Uint8Array | string | ((handle: FileHandle) => Promise<void>),
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  unfinished.add(temporary);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, "wx");
    try {
      if (typeof write === "function") await write(handle);
      else await handle.writeFile(write);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(error, { where: path, doing: "writing" });
  } finally {
    unfinished.delete(temporary);
  }
}
