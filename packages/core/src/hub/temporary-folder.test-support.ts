import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";

/** A fresh folder for each test of a file, or one for all of them, removed after. */
export function useTemporaryFolder({ forAll = false } = {}): () => string {
  const [before, after] = forAll ? [beforeAll, afterAll] : [beforeEach, afterEach];
  let folder: string | undefined;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mattelier-hub-"));
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (folder === undefined) throw new Error("no folder yet: in beforeAll, ask with forAll");
    return folder;
  };
}
