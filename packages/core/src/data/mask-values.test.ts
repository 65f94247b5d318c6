import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkDataset } from "./check/index.js";
import { openData } from "./config.js";
import { temporaryFolder, writePicture } from "./data-sets.test-support.js";
import { picture } from "../image/index.js";
import { findDataset } from "./layouts/index.js";
import { maskValuesOf } from "./mask-values.js";
import { readSample } from "./read-sample.js";

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => rm(root, { recursive: true, force: true }));

const [WIDTH, HEIGHT] = [48, 40];
type Ring = "ground" | "border" | "subject";

/** A set of one pair, its mask a disc with a border around, coloured as told. */
async function writeSet(
  name: string,
  colours: Readonly<Record<Ring, readonly number[]>>,
  { palette = false } = {},
): Promise<string> {
  const ring = (i: number): Ring => {
    const radius = Math.hypot((i % WIDTH) - 24, Math.floor(i / WIDTH) - 20);
    return radius < 12 ? "subject" : radius < 14 ? "border" : "ground";
  };
  const channels = colours.ground.length as 1 | 3;
  const pixels = Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => [...colours[ring(i)]]).flat());
  const path = join(root, name, "masks/one.png");
  await mkdir(dirname(path), { recursive: true });
  const raw = { width: WIDTH, height: HEIGHT, channels };
  await writeFile(path, await sharp(pixels, { raw }).png({ palette }).toBuffer());
  await writePicture(join(root, name, "images/one.jpg"), { of: "photo", widthPx: WIDTH, heightPx: HEIGHT });
  return join(root, name);
}

/** Alpha of ground, border and subject as a set's first sample is read. */
async function alphas(set: Parameters<typeof findDataset>): Promise<number[]> {
  const { samples } = await findDataset(...set);
  const { alphaU8 } = await readSample(samples[0]!);
  return [0, 20 * WIDTH + 11, 20 * WIDTH + 24].map((p) => alphaU8![p]!);
}

test("masks in VOC's palette are labels: any colour is subject but black and the void", async () => {
  const set = await writeSet(
    "voc",
    { ground: [0, 0, 0], border: [224, 224, 192], subject: [128, 0, 0] },
    { palette: true },
  );
  expect((await readFile(join(set, "masks/one.png")))[25]).toBe(3); // colour type: indexed
  expect((await findDataset(set)).said).toContain("masks hold labels by colour");
  expect(await alphas([set])).toEqual([0, 0, 255]);
  expect((await checkDataset(await findDataset(set))).findings).toEqual([]);
});

test("white is a class in a set of colours, in masks that have no other too", async () => {
  const [black, red, white] = [
    [0, 0, 0],
    [200, 0, 0],
    [255, 255, 255],
  ];
  const set = await writeSet("white", { ground: black, border: white, subject: red });
  const other = await writeSet("white-alone", { ground: black, border: white, subject: white });
  for (const [folder, ending] of [
    ["images", "jpg"],
    ["masks", "png"],
  ])
    await copyFile(join(other, `${folder}/one.${ending}`), join(set, `${folder}/two.${ending}`));
  const found = await findDataset(set);
  expect(found.said).toContain("masks hold labels by colour: any but black and VOC's void (to ignore)");
  for (const sample of found.samples) {
    const { alphaU8 } = await readSample(sample);
    expect([0, 20 * WIDTH + 11, 20 * WIDTH + 24].map((p) => alphaU8![p])).toEqual([0, 255, 255]);
  }
});

test("masks are asked for up to the first that holds no labels", async () => {
  const ramp = picture(
    16,
    16,
    1,
    Uint8Array.from({ length: 256 }, (_, i) => i),
  );
  let asked = 0;
  async function* masks() {
    for (;;) yield await Promise.resolve(++asked === 1 ? picture(1, 2, 1, new Uint8Array([0, 1])) : ramp);
  }
  expect(await maskValuesOf(masks())).toBe("matte");
  expect(asked).toBe(2);
});

test.each([
  ["classes with 255 to ignore", { ground: [0], border: [255], subject: [1] }, [0, 0, 255]],
  ["classes alone", { ground: [0], border: [3], subject: [15] }, [0, 255, 255]],
  ["opacity, hard", { ground: [0], border: [255], subject: [255] }, [0, 255, 255]],
  ["opacity with specks next to nothing", { ground: [0], border: [1], subject: [255] }, [0, 1, 255]],
  [
    "grey in three channels",
    { ground: [0, 0, 0], border: [99, 99, 99], subject: [255, 255, 255] },
    [0, 99, 255],
  ],
])("%s", async (name, colours, expected) => {
  expect(await alphas([await writeSet(name, colours)])).toEqual(expected);
});

test("soft edges below half are a faint matte, not labels", async () => {
  const set = await writeSet("faint", { ground: [0], border: [0], subject: [0] });
  const ramp = Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i >> 3) % 110));
  const raw = { width: WIDTH, height: HEIGHT, channels: 1 } as const;
  await writeFile(join(set, "masks/one.png"), await sharp(ramp, { raw }).png().toBuffer());
  expect((await findDataset(set)).said).not.toContain("labels");
});

test("a source says how its masks are to be read; a check asks where few greys fill areas", async () => {
  const set = await writeSet("steps", { ground: [0], border: [224], subject: [128] });
  expect(await alphas([set])).toEqual([0, 224, 128]);
  const { findings } = await checkDataset(await findDataset(set));
  expect(findings).toMatchObject([{ kind: "stepped-mask", name: "one" }]);
  expect(findings[0]!.detail).toContain("areas of 128, 224: classes? then set maskValues: labels");
  expect(await alphas([set, { maskValues: "labels" }])).toEqual([0, 255, 255]);
  const { train, said } = await openData({ train: { path: set, maskValues: "labels" } });
  expect(train.samples).toMatchObject([{ maskValues: "labels" }]);
  expect(said[0]).toContain("masks read as labels, as told");
  expect((await findDataset(set, { maskValues: "colours" })).said).toContain(
    "masks read as colours, as told",
  );
});
