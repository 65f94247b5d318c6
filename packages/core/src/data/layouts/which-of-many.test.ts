import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder, writePairs, writePicture } from "../data-sets.test-support.js";
import { findDataset } from "./index.js";

// Folders that could be understood in several ways.

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => rm(root, { recursive: true, force: true }));

const write = async (set: string, of: "photo" | "mask" | "cutout", ...names: string[]): Promise<void> => {
  for (const name of names) await writePicture(join(root, set, name), { of });
};
const found = async (set: string) => {
  const { samples, said } = await findDataset(join(root, set));
  return { names: samples.map(({ kind, name }) => `${kind} ${name}`), said };
};
const LOOSE = "3 cut-outs with alpha, to be composed on backgrounds given beside";

test("a picture that is called as a mask does not hide the sets below", async () => {
  await write("readme", "mask", "demo_mask.png");
  await writePairs(join(root, "readme/set"), 1);
  expect(await found("readme")).toEqual({
    names: ["pair set/0000"],
    said: "set: images/ with masks/: 1 pair; 1 picture beside left out",
  });
});

test("nor does a pair beside them, unless it is all that there is", async () => {
  await write("example", "photo", "demo.jpg", "more/demo.jpg");
  await write("example", "mask", "demo_mask.png");
  expect(await found("example")).toEqual({
    names: ["pair demo"],
    said: "photos and masks in one folder: 1 pair; 1 picture in folders below left out",
  });
  await writePairs(join(root, "example/set"), 2);
  expect(await found("example")).toEqual({
    names: ["unlabelled more/demo", "pair set/0000", "pair set/0001"],
    said: "more: 1 photo without masks; set: images/ with masks/: 2 pairs; 2 pictures beside left out",
  });
});

test("a layout of which no names match gives way to one of which some do", async () => {
  await writePairs(join(root, "three"), 2);
  await write("three", "cutout", "foreground/0001_fg.png");
  expect((await found("three")).names).toEqual(["pair 0000", "pair 0001"]);
});

test("masks that match nothing do not become cut-outs, nor hide sets below", async () => {
  await write("no-match", "photo", "images/img_1.jpg");
  await write("no-match", "cutout", "masks/mask_1.png");
  expect(await found("no-match")).toEqual({
    names: [],
    said: "images/ with masks/: 0 pairs; 1 photo and 1 mask without partner left out",
  });
  await writePairs(join(root, "no-match/set"), 1);
  expect(await found("no-match")).toEqual({
    names: ["pair set/0000"],
    said: "set: images/ with masks/: 1 pair; 2 pictures beside left out",
  });
});

test.each(["old/cat_mask.png", "examples/images/a.jpg"])("more cut-outs go before %s", async (below) => {
  const set = `loose-${dirname(below)}`;
  await write(set, "cutout", "a.png", "b.png", "c.png");
  await write(set, below.includes("mask") ? "mask" : "photo", below);
  if (!below.includes("mask")) await write(set, "mask", "examples/masks/a.png");
  expect(await found(set)).toEqual({
    names: ["cutout a", "cutout b", "cutout c"],
    said: `${LOOSE}; ${below.includes("mask") ? "1 picture" : "2 pictures"} in folders below left out`,
  });
});

test("a stray picture goes behind cut-outs, and behind more photos", async () => {
  for (const [set, of] of [
    ["people", "cutout"],
    ["images", "photo"],
  ] as const) {
    await write(`stray-${set}`, "photo", "README.png");
    await write(`stray-${set}`, of, `${set}/a.png`, `${set}/b.png`, `${set}/c.png`);
    const { names, said } = await found(`stray-${set}`);
    expect(names).toHaveLength(3);
    expect(said).toBe(
      `${set}: ${of === "cutout" ? LOOSE : "3 photos without masks"}; 1 picture beside left out`,
    );
  }
});

test("a stray picture among cut-outs is left out", async () => {
  await write("among", "photo", "README.png");
  await write("among", "cutout", "a.png", "b.png", "c.png");
  expect(await found("among")).toEqual({
    names: ["cutout a", "cutout b", "cutout c"],
    said: `${LOOSE}; 1 picture without alpha left out`,
  });
  await write("half", "photo", "a.png");
  await write("half", "cutout", "b.png");
  expect((await found("half")).said).toBe("2 photos without masks");
});

test("a stray picture does not hide masks that match nothing", async () => {
  await write("stray-unmatched", "photo", "README.png", "set/images/img_1.jpg");
  await write("stray-unmatched", "mask", "set/masks/mask_1.png");
  expect((await found("stray-unmatched")).names).toEqual([]);
});

test("VOC's photos are paired with its masks of classes, not with its boxes", async () => {
  const voc = "VOCdevkit/VOC2012";
  await write(voc, "photo", ...["a", "b", "c"].map((name) => `JPEGImages/2007_${name}.jpg`));
  for (const of of ["Class", "Object"])
    await write(voc, "mask", ...["a", "b"].map((name) => `Segmentation${of}/2007_${name}.png`));
  for (const folder of ["Annotations", "ImageSets/Segmentation"])
    await mkdir(join(root, voc, folder), { recursive: true });
  for (const name of ["a", "b", "c"])
    await writeFile(join(root, voc, `Annotations/2007_${name}.xml`), "<annotation/>");
  await writeFile(join(root, voc, "ImageSets/Segmentation/train.txt"), "2007_a\n2007_b\n");
  const pairs = "JPEGImages/ with SegmentationClass/: 2 pairs; 1 photo and 0 masks without partner left out";
  expect(await found(voc)).toEqual({
    names: ["pair 2007_a", "pair 2007_b"],
    said: `${pairs}; SegmentationObject/ left out`,
  });
  expect((await found("VOCdevkit")).names).toEqual(["pair VOC2012/2007_a", "pair VOC2012/2007_b"]);
});

test.each(["annotations/instances_train.json", "labels/a.txt"])(
  "photos with %s are photos alone",
  async (text) => {
    const set = dirname(text);
    await write(set, "photo", "images/a.jpg", "images/b.jpg");
    await mkdir(join(root, set, dirname(text)));
    await writeFile(join(root, set, text), "{}");
    expect(await found(set)).toEqual({
      names: ["unlabelled images/a", "unlabelled images/b"],
      said: "images: 2 photos without masks",
    });
  },
);

test("of several folders of masks the one with the most matching names is taken", async () => {
  await writePairs(join(root, "several"), 2);
  await write("several", "mask", "alpha/0001.png", "alpha/0009.png");
  expect((await found("several")).said).toBe("images/ with masks/: 2 pairs; alpha/ left out");
});
