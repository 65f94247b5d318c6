import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ensureFolder } from "./ensure-folder.js";
import { removeUnfinished, replaceFile } from "./replace-file.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-files-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("makes folders on the way, and leaves no neighbour behind", async () => {
  const path = join(folder, "a/b/c.txt");
  await replaceFile(path, "one");
  await replaceFile(path, async (handle) => {
    await handle.write("two");
  });
  expect(await readFile(path, "utf8")).toBe("two");
  expect(await readdir(join(folder, "a/b"))).toEqual(["c.txt"]);
});

test("a write that fails leaves what was there", async () => {
  const path = join(folder, "kept.txt");
  await writeFile(path, "kept");
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  await expect(replaceFile(path, () => Promise.reject(full))).rejects.toMatchObject({
    code: "unwritable",
    where: path,
    got: "no space left on the disk",
  });
  expect(await readFile(path, "utf8")).toBe("kept");
  expect(await readdir(folder)).toEqual(["kept.txt"]);
});

test("a program that ends in the middle takes the unfinished neighbour away", async () => {
  const path = join(folder, "half.bin");
  await expect(
    replaceFile(path, async (handle) => {
      await handle.write("half");
      expect(await readdir(folder)).toHaveLength(1);
      removeUnfinished();
      expect(await readdir(folder)).toEqual([]);
    }),
  ).rejects.toMatchObject({ code: "unwritable" });
});

test("a place that cannot be written is an error that says why and what to do", async () => {
  await writeFile(join(folder, "file"), "x");
  const refusal = { code: "unwritable", got: "a file where a folder should be" };
  await expect(replaceFile(join(folder, "file/a.png"), "x")).rejects.toMatchObject({
    ...refusal,
    fix: expect.stringContaining("choose another place") as string,
  });
  await expect(ensureFolder(join(folder, "file/a"))).rejects.toMatchObject(refusal);
  expect(await readdir(folder)).toEqual(["file"]);
});
