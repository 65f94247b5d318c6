import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeAtomic } from "./write-atomic.js";

test("the file is there whole, folders on the way are made, nothing else is left", async () => {
  const root = await mkdtemp(join(tmpdir(), "write-"));
  await writeAtomic(join(root, "deep/er/a.png"), Uint8Array.of(1, 2, 3));
  await writeAtomic(join(root, "deep/er/a.png"), Uint8Array.of(4));
  expect([...(await readFile(join(root, "deep/er/a.png")))]).toEqual([4]);
  expect(await readdir(join(root, "deep/er"))).toEqual(["a.png"]);
  await rm(root, { recursive: true });
});

test("a place that cannot be written is an error that says why and what to do", async () => {
  const root = await mkdtemp(join(tmpdir(), "write-"));
  await writeFile(join(root, "file"), "x");
  await expect(writeAtomic(join(root, "file/a.png"), Uint8Array.of(1))).rejects.toMatchObject({
    code: "unwritable",
    got: expect.stringContaining("a file where a folder must be") as string,
    fix: expect.stringContaining("--output") as string,
  });
  expect(await readdir(root)).toEqual(["file"]);
  await rm(root, { recursive: true });
});
