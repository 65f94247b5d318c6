import { constants } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { fileError } from "./file-error.js";

/**
 * Make a folder for results, so that one that cannot be had shows before any work is done.
 * @throws MattelierError `unwritable`
 */
export async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw fileError(error, { where: path, doing: "writing" });
  }
}
