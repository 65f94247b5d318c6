import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder, writePairs, writePicture } from "../data-sets.test-support.js";
import { readSample } from "../read-sample.js";
import { findDataset } from "./index.js";

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** With a folder as the one that relative paths start from. */
async function inFolder<T>(folder: string, run: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  return run().finally(() => {
    process.chdir(before);
  });
}

const at = (name: string): string => join(root, name);

test.each([
  ["images", "masks", "images/ with masks/: 2 pairs"],
  ["image", "matte", "PPM-100 layout, image/ with matte/: 2 pairs"],
  ["im", "gt", "DIS5K layout, im/ with gt/: 2 pairs"],
  ["DUTS-TR-Image", "DUTS-TR-Mask", "DUTS layout, DUTS-TR-Image/ with DUTS-TR-Mask/: 2 pairs"],
  ["blurred_image", "mask", "blurred_image/ with mask/: 2 pairs"],
  ["left", "right", "left/ with right/: 2 pairs"],
])("%s and %s", async (images, masks, said) => {
  await writePairs(at(`pairs-${images}`), 2, { images, masks });
  const set = await findDataset(at(`pairs-${images}`));
  expect(set.said).toBe(said);
  expect(set.samples.map(({ name, kind }) => `${kind} ${name}`)).toEqual(["pair 0000", "pair 0001"]);
  const { rgbU8, alphaU8 } = await readSample(set.samples[1]!);
  // Subject pixels are red.
  const wrong = alphaU8!.filter((alpha, i) => Math.abs(rgbU8[3 * i]! - (200 * alpha) / 255) > 100);
  expect(wrong.length).toBeLessThan(30);
});

test("benchmarks of several parts are found below their folder, named by part", async () => {
  await writePairs(at("DUTS/DUTS-TR"), 2, { images: "DUTS-TR-Image", masks: "DUTS-TR-Mask" });
  await writePairs(at("DUTS/DUTS-TE"), 1, { images: "DUTS-TE-Image", masks: "DUTS-TE-Mask" });
  const set = await findDataset(at("DUTS"));
  expect(set.samples.map(({ name }) => name)).toEqual(["DUTS-TE/0000", "DUTS-TR/0000", "DUTS-TR/0001"]);
  expect(set.said).toContain("DUTS-TR: DUTS layout");
});

test("a stray picture beside a folder of sets does not hide them", async () => {
  await writePicture(at("strays/teaser.png"), { of: "photo" });
  await writePairs(at("strays/set"), 1);
  await writePicture(at("strays/set/example.jpg"), { of: "photo" });
  await writePicture(at("strays/more/alone.jpg"), { of: "photo" });
  const set = await findDataset(at("strays"));
  expect(set.samples.map(({ name }) => name)).toEqual(["more/alone", "set/0000"]);
  expect(set.said).toBe(
    "more: 1 photo without masks; set: images/ with masks/: 1 pair; 1 picture beside left out",
  );
});

test("cut-outs in a folder of theirs stay so, with backgrounds of the same names", async () => {
  await writePicture(at("cut-bg/rgba/0001.png"), { of: "cutout" });
  await writePicture(at("cut-bg/bg/0001.jpg"), { of: "photo" });
  const set = await findDataset(at("cut-bg"));
  expect(set.said).toBe("1 cut-out with alpha and 1 background");
  expect(set.samples).toMatchObject([{ kind: "cutout", name: "0001" }]);
});

test("links are what they lead to", async () => {
  await writePairs(at("linked"), 1);
  await writeFile(at("LICENSE.md"), "text");
  await symlink(at("LICENSE.md"), at("linked/LICENSE"));
  await mkdir(at("links"));
  await symlink(at("nowhere.jpg"), at("linked/images/0001.jpg"));
  await symlink(at("nowhere.txt"), at("linked/split.txt"));
  await symlink(at("linked"), at("links/set"));
  const set = await findDataset(at("links"));
  expect(set.samples.map(({ name }) => name)).toEqual(["set/0000"]);
  expect(set.unpaired.images).toEqual([at("links/set/images/0001.jpg")]);
});

test("several couples of folders in one are parts, by what their names share", async () => {
  await writePairs(at("parts"), 2, { images: "train_images", masks: "train-masks" });
  await writePairs(at("parts"), 1, { images: "test_images", masks: "test_masks", first: 7 });
  await writePairs(at("parts"), 1);
  const set = await findDataset(at("parts"));
  expect(set.samples.map(({ name }) => name)).toEqual([
    "images/0000",
    "test/0007",
    "train/0000",
    "train/0001",
  ]);
  expect(set.said).toBe(
    "images: images/ with masks/: 1 pair; test: test_images/ with test_masks/: 1 pair; " +
      "train: train_images/ with train-masks/: 2 pairs",
  );
  await writePairs(at("duts-flat"), 1, { images: "DUTS-TR-Image", masks: "DUTS-TR-Mask" });
  await writePairs(at("duts-flat"), 1, { images: "DUTS-TE-Image", masks: "DUTS-TE-Mask" });
  const duts = await findDataset(at("duts-flat"));
  expect(duts.samples.map(({ name }) => name)).toEqual(["DUTS-TE/0000", "DUTS-TR/0000"]);
});

test("photos of one part are not matched with masks of another", async () => {
  await writePairs(at("one-part"), 2, { images: "train_images", masks: "train_masks" });
  await writePicture(at("one-part/test_images/0000.jpg"), { of: "photo" });
  const set = await findDataset(at("one-part"));
  expect(set.samples.map(({ name }) => name)).toEqual(["0000", "0001"]);
  expect(set.said).toBe("train_images/ with train_masks/: 2 pairs; test_images/ left out");
});

test.each(["rgb", "rgba", "alpha"] as const)("masks stored as %s are told from photos", async (stored) => {
  const folder = at(`stored-${stored}`);
  await writePairs(folder, 2, { images: "photos", masks: "grey" });
  // By name before photos.
  await mkdir(join(folder, "outlines"));
  for (const name of ["0000", "0001"]) {
    const grey = sharp(join(folder, "grey", `${name}.png`));
    const mask =
      stored === "alpha"
        ? sharp({ create: { width: 48, height: 40, channels: 3, background: "#07f" } }).joinChannel(
            await grey.toBuffer(),
          )
        : stored === "rgba"
          ? grey.toColourspace("srgb").ensureAlpha()
          : grey.toColourspace("srgb");
    await mask.png().toFile(join(folder, "outlines", `${name}.png`));
  }
  await rm(join(folder, "grey"), { recursive: true });
  const set = await findDataset(folder);
  expect(set.said).toBe("photos/ with outlines/: 2 pairs");
  expect(set.samples).toMatchObject([
    { kind: "pair", maskPath: join(folder, "outlines/0000.png") },
    { kind: "pair" },
  ]);
});

test("two folders of photos of the same names are no pairs", async () => {
  for (const folder of ["left", "right"])
    await writePicture(at(`photos-twice/${folder}/a.jpg`), { of: "photo" });
  expect((await findDataset(at("photos-twice"))).samples.map(({ kind }) => kind)).toEqual([
    "unlabelled",
    "unlabelled",
  ]);
});

test("links that lead back up are not followed", async () => {
  await writePairs(at("round/set"), 1);
  await symlink(at("round"), at("round/self"));
  await symlink(at("round"), at("round/set/images/up"));
  expect((await findDataset(at("round"))).samples.map(({ name }) => name)).toEqual(["set/0000"]);
});

test("lists of photo and mask, with labels of 0 and 1, as Supervisely person has them", async () => {
  const folder = at("mini_supervisely");
  await writePicture(join(folder, "Images/a b.jpg"), { of: "photo" });
  await writePicture(join(folder, "Annotations/a b.png"), { of: "labels" });
  await writeFile(join(folder, "train.txt"), "Images/a b.jpg Annotations/a b.png\r\n");
  await writeFile(join(folder, "val.txt"), "# nothing else\nImages/a b.jpg,Annotations/a b.png\n");
  const set = await findDataset(folder);
  expect(set.said).toBe(
    "list train: 1 pair (masks hold labels: any value but 0 and 255 (to ignore) is subject); " +
      "list val: 1 pair (masks hold labels: any value but 0 and 255 (to ignore) is subject)",
  );
  expect(set.samples.map(({ name }) => name)).toEqual(["train/Images/a b", "val/Images/a b"]);
  const { alphaU8 } = await readSample(set.samples[0]!);
  expect(new Set(alphaU8)).toEqual(new Set([0, 255]));
  expect((await findDataset(join(folder, "train.txt"))).samples).toHaveLength(1);
});

test("a list may be written on Windows; a name may hold a backslash", async () => {
  await writePicture(at("windows/Images/a.jpg"), { of: "photo" });
  await writePicture(at("windows/odd\\b.jpg"), { of: "photo" });
  await writeFile(at("windows/train.txt"), "Images\\a.jpg Annotations\\a.png\r\nodd\\b.jpg b.png\n");
  expect((await findDataset(at("windows"))).samples).toMatchObject([
    {
      name: "train/Images/a",
      imagePath: at("windows/Images/a.jpg"),
      maskPath: at("windows/Annotations/a.png"),
    },
    { name: "train/odd\\b", imagePath: at("windows/odd\\b.jpg") },
  ]);
});

test("photos that differ by ending alone keep it in their names", async () => {
  for (const name of ["a.jpeg", "a.jpg", "b.jpg"]) await writePicture(at(`endings/${name}`), { of: "photo" });
  expect((await findDataset(at("endings"))).samples.map(({ name }) => name)).toEqual([
    "a.jpeg",
    "a.jpg",
    "b",
  ]);
  await writeFile(at("endings.lst"), "x/a.jpg y/a.png\nx/a.png y/c.png\nx/b.jpg y/b.png\n");
  const listed = await findDataset(at("endings.lst"));
  expect(listed.samples.map(({ name }) => name)).toEqual(["x/a.jpg", "x/a.png", "x/b"]);
});

test("a photo is once in a list, with one mask", async () => {
  await writeFile(at("twice.lst"), "a.jpg a.png\nb.jpg b.png\n./a.jpg a.png\n");
  const { samples, said } = await findDataset(at("twice.lst"));
  expect(samples.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(said).toBe("list twice: 2 pairs; 1 repeated line left out");
  await writeFile(at("masks.lst"), "a.jpg a.png\na.jpg b.png\n");
  await expect(findDataset(at("masks.lst"))).rejects.toThrow(
    /one mask for each photo; got .*a.png and .*b.png for/,
  );
});

test("a list line that is no pair is named", async () => {
  const path = at("bad.txt");
  await writeFile(path, "a.jpg b.png\nonly-one.jpg\n");
  await expect(findDataset(path)).rejects.toThrow(`${path}, pair 2`);
});

test("Adobe composition: foregrounds, alphas and backgrounds", async () => {
  await writePicture(at("adobe/Other/fg/one.jpg"), { of: "photo" });
  await writePicture(at("adobe/Other/alpha/one.png"), { of: "mask" });
  await writePicture(at("adobe/Other/bg/scene.jpg"), { of: "photo", seed: 7 });
  const set = await findDataset(at("adobe"));
  expect(set.said).toBe("Other: composition layout, fg/ with alpha/: 1 subject and 1 background");
  expect(set.samples[0]).toMatchObject({ kind: "cutout", name: "Other/one" });
  expect(set.backgrounds).toHaveLength(1);
});

test("cut-outs with alpha, and photos alone", async () => {
  await writePicture(at("cut/rgba/one.png"), { of: "cutout" });
  expect((await findDataset(at("cut"))).samples).toMatchObject([{ kind: "cutout", name: "one" }]);
  await writePicture(at("alone/x/one.jpg"), { of: "photo" });
  await writePicture(at("alone/one.jpg"), { of: "photo" });
  expect(await findDataset(at("alone"))).toMatchObject({
    said: "1 photo without masks; 1 picture in folders below left out",
    samples: [{ kind: "unlabelled", name: "one" }],
  });
});

test("photos and masks in one folder, by ending or by suffix", async () => {
  for (const [folder, mask] of [
    ["beside", "one.png"],
    ["suffixed", "one_mask.png"],
    ["both endings", "one.jpg.png"],
  ] as const) {
    await writePicture(at(`${folder}/one.jpg`), { of: "photo" });
    await writePicture(at(`${folder}/${mask}`), { of: "mask" });
    const set = await findDataset(at(folder));
    expect(set.samples).toMatchObject([{ kind: "pair", name: "one", maskPath: at(`${folder}/${mask}`) }]);
  }
});

test("what has no partner is told", async () => {
  const folder = at("lonely");
  await writePairs(folder, 2);
  await rm(join(folder, "masks/0001.png"));
  await writePicture(join(folder, "masks/0009.png"), { of: "mask" });
  const { samples, unpaired } = await findDataset(folder);
  expect(samples).toHaveLength(1);
  expect(unpaired.images).toEqual([join(folder, "images/0001.jpg")]);
  expect(unpaired.masks).toEqual([join(folder, "masks/0009.png")]);
});

test.each<[folders: string, images: string[], masks: string[], said: string]>([
  [
    "none match",
    ["images/img_1.jpg"],
    ["masks/mask_1.png"],
    "images/ with masks/: 0 pairs; 1 photo and 1 mask",
  ],
  ["no masks", ["images/1.jpg"], [], "images/ with masks/: 0 pairs; 1 photo and 0 masks"],
  [
    "few masks",
    ["images/1.jpg", "images/2.jpg"],
    ["masks/1.png"],
    "images/ with masks/: 1 pair; 1 photo and 0 masks",
  ],
  [
    "subjects",
    ["fg/a.jpg"],
    ["alpha/b.png"],
    "composition layout, fg/ with alpha/: 0 subjects, to be composed on backgrounds given beside; 1 photo and 1 mask",
  ],
  [
    "beside, few masks",
    ["1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"],
    ["1_mask.png", "2_mask.png"],
    "photos and masks in one folder: 2 pairs; 3 photos and 0 masks",
  ],
  [
    "beside, none match",
    ["a.jpg"],
    ["b_mask.png"],
    "photos and masks in one folder: 0 pairs; 1 photo and 1 mask",
  ],
])("masks are never photos: %s", async (name, images, masks, said) => {
  const folder = at(`masks-stay/${name}`);
  for (const path of images) await writePicture(join(folder, path), { of: "photo" });
  for (const path of masks) await writePicture(join(folder, path), { of: "mask" });
  if (masks.length === 0) await mkdir(join(folder, "masks"));
  const set = await findDataset(folder);
  expect(set.said).toBe(`${said} without partner left out`);
  expect(set.samples.some(({ kind }) => kind === "unlabelled")).toBe(false);
  expect(set.samples.length + set.unpaired.images.length).toBe(images.length);
});

test("a photo that is called as masks are, alone among others, stays a photo", async () => {
  for (const name of ["beetle", "mustang gt", "polo", "volvo"])
    await writePicture(at(`cars/${name}.jpg`), { of: "photo" });
  expect((await findDataset(at("cars"))).said).toBe("4 photos without masks");
});

test("folders can be named outright", async () => {
  await writePairs(at("named"), 1, { images: "a", masks: "b" });
  await writePicture(at("named/c/other.jpg"), { of: "photo" });
  expect((await findDataset(at("named"), { images: "a", masks: "b" })).samples).toHaveLength(1);
  expect((await findDataset(at("named"), { images: "c" })).samples).toMatchObject([{ kind: "unlabelled" }]);
});

test.each(["typed/", "./typed", "typed//", "typed/inner/.."])("%s is typed", async (typed) => {
  await writePicture(at("typed/rat1.jpg"), { of: "photo" });
  await writePicture(at("typed/rat1.png"), { of: "mask" });
  // Called as the rat's by all but the first letter.
  await writePicture(at("typed/cat1.png"), { of: "mask" });
  await mkdir(at("typed/inner"), { recursive: true });
  const found = await inFolder(root, () => findDataset(typed));
  expect(found.samples).toMatchObject([{ name: "rat1", maskPath: join(typed, "rat1.png") }]);
});

test("the folder that one stands in is typed as a point", async () => {
  await writePicture(at("here/one.jpg"), { of: "photo" });
  await writePairs(at("here-paired"), 1, { images: "train_images", masks: "train_masks" });
  expect((await inFolder(at("here"), () => findDataset("."))).samples).toMatchObject([{ name: "one" }]);
  const options = { images: "./train_images//", masks: "train_masks/" };
  const found = await inFolder(at("here-paired"), () => findDataset(".", options));
  expect(found.said).toBe("train_images/ with train_masks/: 1 pair");
  const photos = await inFolder(at("here-paired"), () => findDataset(".", { images: "train_images/" }));
  expect(photos.samples).toMatchObject([{ kind: "unlabelled", name: "0000" }]);
});

test("a folder of nothing known says what it holds and what would do", async () => {
  await mkdir(at("empty/inside"), { recursive: true });
  await expect(findDataset(at("empty"))).rejects.toThrow(
    /images\/ and masks\/.*got folders inside, 0 pictures/,
  );
  await expect(findDataset(at("nowhere"))).rejects.toThrow("nothing there");
});

const shared = fileURLToPath(new URL("../../../../../../shared/data/", import.meta.url));
test.skipIf(!existsSync(shared)).each([
  ["backgrounds", "325 photos without masks", "unlabelled"],
  ["ccp-person", "images/ with masks/: 898 pairs", "pair"],
  ["ccp-unlabelled", "545 photos without masks", "unlabelled"],
  ["ecssd", "images/ with masks/: 700 pairs", "pair"],
  ["tuxpaint-cutouts", "250 cut-outs with alpha, to be composed on backgrounds given beside", "cutout"],
  ["weizmann-horse", "images/ with masks/: 107 pairs", "pair"],
])("the real set %s", async (name, said, kind) => {
  const set = await findDataset(join(shared, name));
  expect(set.said).toBe(said);
  expect(new Set(set.samples.map((sample) => sample.kind))).toEqual(new Set([kind]));
  const image = await readSample(set.samples.at(-1)!);
  expect(image.alphaU8 === undefined).toBe(kind === "unlabelled");
});
