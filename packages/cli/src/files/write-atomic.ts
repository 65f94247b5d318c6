import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MattelierError } from "@mattelier/core/util";

const inFlight = new Set<string>();
let cleansAtExit = false;

/**
 * Write a file so that it is there whole or not at all: to a hidden neighbour first, then renamed.
 * Folders on the way are made. A process that exits in between takes its unfinished neighbour away.
 * @throws MattelierError `unwritable` with the file's name and the system's reason.
 */
export async function writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
  if (!cleansAtExit) {
    cleansAtExit = true;
    process.on("exit", () => {
      for (const file of inFlight) rmSync(file, { force: true });
    });
  }
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.part`);
  inFlight.add(temporary);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  } finally {
    inFlight.delete(temporary);
  }
}

/**
 * Make a folder for results, so that one that cannot be had shows before any work is done.
 * @throws MattelierError `unwritable`
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** The error of a place that does not take what is written to it. */
export function unwritable(where: string, cause: unknown): MattelierError {
  return new MattelierError({
    code: "unwritable",
    where,
    expected: "a place that can be written",
    got: reasonOf(cause),
    fix: "choose another --output, or free space and mend the permissions there.",
    cause,
  });
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case "ENOSPC":
      return "a full disk";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `no permission to write (${code})`;
    case "ENOTDIR":
    case "EEXIST":
      return `a file where a folder must be (${code})`;
    default:
      return code ?? String(error);
  }
}
