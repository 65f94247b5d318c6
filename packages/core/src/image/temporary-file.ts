import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MattelierError, messageOf } from "../util/index.js";

/**
 * Run a job on a file that exists only meanwhile, in a folder of its own that others cannot read.
 * @throws MattelierError `unwritable` when the system's temporary folder takes no file
 */
export async function withTemporaryFile<T>(bytes: Uint8Array, job: (path: string) => Promise<T>): Promise<T> {
  let folder: string;
  try {
    folder = await mkdtemp(join(tmpdir(), "mattelier-"));
  } catch (cause) {
    throw unwritable(cause);
  }
  try {
    const path = join(folder, "file");
    try {
      await writeFile(path, bytes);
    } catch (cause) {
      throw unwritable(cause);
    }
    return await job(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unwritable(cause: unknown): MattelierError {
  return new MattelierError({
    code: "unwritable",
    where: tmpdir(),
    expected: "a temporary folder that takes a small file",
    got: messageOf(cause),
    fix: "set TMPDIR to a folder that can be written",
    cause,
  });
}
