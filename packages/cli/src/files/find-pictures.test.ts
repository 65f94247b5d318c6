import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findPictures } from "./find-pictures.js";

const extensions = new Set([".jpg", ".png"]);
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "find-pictures-"));
  for (const file of [
    "a.jpg",
    "B.PNG",
    "notes.txt",
    ".hidden.jpg",
    "deep/er/c.png",
    "out/a.png",
    "odd[1].jpg",
  ]) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "x");
  }
});
afterEach(async () => rm(root, { recursive: true }));

const relativePaths = async (inputs: readonly string[], exclude?: string) =>
  (await findPictures(inputs, { extensions, ...(exclude === undefined ? {} : { exclude }) })).sources.map(
    (source) => source.relativePath,
  );

test("a folder gives the pictures below it, with their place; hidden and other files stay out", async () => {
  expect(await relativePaths([root])).toEqual(["B.PNG", "a.jpg", "deep/er/c.png", "odd[1].jpg", "out/a.png"]);
});

test("an output folder inside the input is left out", async () => {
  expect(await relativePaths([root], join(root, "out"))).not.toContain("out/a.png");
});

test("an output folder around or beside the input leaves nothing out; the input itself is refused", async () => {
  expect(await relativePaths([join(root, "deep")], root)).toEqual(["er/c.png"]);
  expect(await relativePaths([join(root, "deep")], join(root, "deeper"))).toEqual(["er/c.png"]);
  expect(await relativePaths([`${root}/out/*.png`], join(root, "out"))).toEqual(["a.png"]);
  await expect(relativePaths([`${root}/`], root)).rejects.toMatchObject({ where: "--output" });
});

test("a file named outright is taken whatever its ending, brackets and all", async () => {
  expect(await relativePaths([join(root, "notes.txt")])).toEqual(["notes.txt"]);
  expect(await relativePaths([join(root, "odd[1].jpg")])).toEqual(["odd[1].jpg"]);
  expect((await findPictures([join(root, "a.jpg")], { extensions })).single).toBe(true);
});

test("a pattern mirrors from its last plain folder", async () => {
  expect(await relativePaths([`${root}/**/*.png`])).toEqual(["deep/er/c.png", "out/a.png"]);
});

test("the same picture given twice is one", async () => {
  expect(await relativePaths([root, join(root, "a.jpg")])).toHaveLength(5);
});

test("what matches nothing is an error beside what was found", async () => {
  const { sources, missing } = await findPictures(
    [join(root, "a.jpg"), join(root, "no.jpg"), `${root}/*.gif`],
    {
      extensions,
    },
  );
  expect(sources).toHaveLength(1);
  expect(missing.map((error) => error.got)).toEqual(["nothing there", "a pattern that matches no picture"]);
});
