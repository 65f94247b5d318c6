import { readFile } from "node:fs/promises";
import { errnoOf, fileError } from "./file-error.js";

/**
 * A file's text, or undefined when there is no such file.
 * @throws MattelierError `unreadable`; `not-found` where a folder of its path is a file
 */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw fileError(error, { where: path, doing: "reading" });
  }
}
