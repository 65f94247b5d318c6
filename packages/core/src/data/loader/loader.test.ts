import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder, writePairs, writePicture } from "../data-sets.test-support.js";
import { findDataset } from "../layouts/index.js";
import { poolOf, type SamplePool } from "../pool.js";
import { Loader, type LoadedBatch, type LoaderOptions } from "./index.js";

let root: string;
let pool: SamplePool;
let brokenPool: SamplePool;
beforeAll(async () => {
  root = await temporaryFolder();
  await writePairs(join(root, "good"), 10);
  await writePairs(join(root, "bad"), 6);
  await writeFile(join(root, "bad/images/0002.jpg"), "no picture");
  await writePicture(join(root, "bad/masks/0004.png"), { of: "mask", widthPx: 20 });
  await writePicture(join(root, "cut/rgba/subject.png"), { of: "cutout" });
  pool = poolOf([await findDataset(join(root, "good"))]);
  brokenPool = poolOf([await findDataset(join(root, "bad"))]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const SIZE = { widthPx: 24, heightPx: 16 };
const base = {
  sizePx: SIZE,
  batch: 4,
  seed: 7,
  mode: "train",
  normalise: { scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.25, 0.5] },
  augment: [
    { "random-resized-crop": { size: 24 } },
    { flip: {}, probability: 0.5 },
    "brightness",
    { cutmix: {}, probability: 0.3 },
  ],
} as const;

async function take(loader: Loader, count: number): Promise<LoadedBatch[]> {
  const batches: LoadedBatch[] = [];
  for (let i = 0; i < count; i++) {
    const batch = await loader.next();
    if (batch !== undefined) batches.push(batch);
  }
  return batches;
}

async function load(options: Partial<LoaderOptions>, count: number): Promise<LoadedBatch[]> {
  await using loader = new Loader({ pool, ...base, ...options });
  return await take(loader, count);
}

test("the same seed gives the same batches whatever threads, prefetch and cache", async () => {
  const plain = await load({ workers: 0, prefetch: 1 }, 6);
  expect(plain.map(({ epoch, index }) => [epoch, index])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [2, 0],
    [2, 1],
  ]);
  expect(await load({ workers: 0, prefetch: 3, cacheBytes: 1e6 }, 6)).toEqual(plain);
  expect(await load({ workers: 2, prefetch: 2, cacheBytes: 2e4 }, 6)).toEqual(plain);
  expect(await load({ workers: 0, seed: 8 }, 6)).not.toEqual(plain);
});

test("a loader started at a position goes on as the unbroken one; so does one that seeks", async () => {
  const whole = await load({ workers: 0 }, 7);
  await using first = new Loader({ pool, ...base, workers: 1 });
  await take(first, 3);
  expect(first.position).toEqual({ epoch: 1, index: 1 });
  expect(await load({ workers: 0, start: first.position }, 4)).toEqual(whole.slice(3));
  first.seek({ epoch: 0, index: 1 });
  expect(await take(first, 6)).toEqual(whole.slice(1));
});

test("an epoch holds every sample once, and each epoch another order", async () => {
  const names = (batches: readonly LoadedBatch[]) => batches.flatMap((batch) => batch.names);
  const batches = await load({ workers: 0, batch: 5 }, 4);
  const [a, b] = [names(batches.slice(0, 2)), names(batches.slice(2))];
  expect(new Set(a).size).toBe(10);
  expect(new Set(b)).toEqual(new Set(a));
  expect(a).not.toEqual(b);
});

test("sets mix by weight", async () => {
  const set = await findDataset(join(root, "good"));
  const mixed = poolOf([
    { samples: set.samples.slice(0, 2), weight: 3 },
    { samples: set.samples.slice(2), weight: 0.25 },
  ]);
  await using loader = new Loader({ ...base, pool: mixed, workers: 0 });
  expect(loader.batchesPerEpoch).toBe(2);
  const names = (await take(loader, 2)).flatMap((batch) => batch.names);
  expect(names.filter((name) => name < "0002")).toHaveLength(6);
  expect(names.filter((name) => name >= "0002")).toHaveLength(2);
});

test("numbers are normalised, planes by channel; mattes lie in 0 to 1", async () => {
  const [batch] = await load({ workers: 0, mode: "evaluate", augment: [], batch: 2 }, 1);
  const { images, mattes } = batch!;
  const pixels = SIZE.widthPx * SIZE.heightPx;
  expect([images.length, mattes.length]).toEqual([2 * 3 * pixels, 2 * pixels]);
  expect(images.buffer).toBeInstanceOf(ArrayBuffer);
  for (let n = 0; n < 2; n++)
    for (let p = 0; p < pixels; p++) {
      // Red is 200·α, blue 200·(1 − α): (x·std + mean)·255.
      const alpha = mattes[n * pixels + p]!;
      const at = (c: number) => (images[(3 * n + c) * pixels + p]! * 0.5 + 0.5) * 255;
      if (alpha !== 0 && alpha !== 1) continue;
      expect(Math.abs(at(0) - 200 * alpha)).toBeLessThan(70);
      expect(Math.abs(at(2) - 200 * (1 - alpha))).toBeLessThan(70);
    }
  expect(Math.max(...mattes)).toBe(1);
});

test("broken files are named, counted and replaced; the rest is as it was", async () => {
  for (const workers of [0, 1]) {
    await using loader = new Loader({ ...base, pool: brokenPool, batch: 3, workers });
    const batches = await take(loader, 6);
    expect(batches.every(({ count }) => count === 3)).toBe(true);
    expect(batches.flatMap(({ names }) => names)).not.toContain("0002");
    expect(loader.broken.map(({ name }) => name).sort()).toEqual(["0002", "0004"]);
    expect(loader.broken.find(({ name }) => name === "0004")!.reason).toContain("48x40; got 20x40");
  }
});

test("or loading stops at the first", async () => {
  for (const workers of [0, 1]) {
    await using loader = new Loader({ ...base, pool: brokenPool, batch: 3, workers, onBroken: "stop" });
    await expect(take(loader, 4)).rejects.toThrow(/0002\.jpg|0004\.png/);
  }
});

test("an evaluation goes through once, in order, leaves broken files out, and ends", async () => {
  await using loader = new Loader({ ...base, pool: brokenPool, mode: "evaluate", augment: [], workers: 0 });
  const batches = await take(loader, 4);
  expect(batches.map(({ names }) => names)).toEqual([["0000", "0001", "0003"], ["0005"]]);
  expect(batches[1]!.count).toBe(1);
  const pixels = SIZE.widthPx * SIZE.heightPx;
  expect(batches[1]!.images.subarray(3 * pixels).every((x) => x === 0)).toBe(true);
  loader.seek({ epoch: 0, index: 1 });
  expect((await take(loader, 2)).map(({ names }) => names)).toEqual([["0005"]]);
});

test("cut-outs are composed anew each epoch, the same by seed", async () => {
  const cut = await findDataset(join(root, "cut"));
  expect(() => poolOf([cut])).toThrow("name a folder of photos as backgrounds");
  const backgrounds = [join(root, "good/images/0003.jpg"), join(root, "good/images/0005.jpg")];
  const composed = poolOf([{ samples: cut.samples, weight: 4 }], { backgrounds });
  const batches = await load({ pool: composed, workers: 0, augment: [] }, 2);
  expect(batches[0]!.images).not.toEqual(batches[1]!.images);
  expect(await load({ pool: composed, workers: 1, augment: [] }, 2)).toEqual(batches);
});

test("second views and trimaps come on request", async () => {
  const options = { workers: 0, strongAugment: ["hue", "blur"], trimapBandPx: [1, 2] } as const;
  const [batch] = await load(options, 1);
  expect(batch!.strongImages).not.toEqual(batch!.images);
  expect(new Set(batch!.trimaps)).toEqual(new Set([0, 0.5, 1]));
  const [alone] = await load({ workers: 0 }, 1);
  expect(batch!.images).toEqual(alone!.images);
  expect(() => new Loader({ pool, ...base, strongAugment: ["flip"] })).toThrow("move it to augment");
});

test("pictures without masks are not mixed: such steps are left out for them", async () => {
  const bare = poolOf([
    { samples: pool.samples.map(({ name, imagePath }) => ({ kind: "unlabelled", name, imagePath })) },
  ]);
  const always = [{ flip: {}, probability: 0.5 }, "cutmix", { "copy-paste": { background: true } }];
  const [mixed] = await load({ pool: bare, workers: 0, augment: always }, 1);
  const [plain] = await load({ pool: bare, workers: 0, augment: always.slice(0, 1) }, 1);
  expect(mixed).toEqual(plain);
});

test("pasting onto backgrounds needs some, and is refused before anything is drawn", () => {
  const augment = [{ "copy-paste": { background: true }, probability: 0.001 }];
  expect(() => new Loader({ pool, ...base, augment })).toThrow(/photos to paste onto; got no backgrounds/);
  const withPhotos = { ...pool, backgrounds: [join(root, "good/images/0003.jpg")] };
  void new Loader({ ...base, pool: withPhotos, augment, workers: 0 }).dispose();
});

test("wrong recipes are refused at once", () => {
  expect(() => new Loader({ pool, ...base, augment: ["flp"] })).toThrow('did you mean "flip"');
  expect(() => new Loader({ pool, ...base, batch: 11 })).toThrow("at most the 10 samples of an epoch");
  expect(() => new Loader({ pool, ...base, prefetch: 0 })).toThrow("one batch made ahead at least; got 0");
  expect(() => poolOf([{ samples: [] }])).toThrow("at least one training picture");
});

test("an abort ends waiting", async () => {
  const controller = new AbortController();
  await using loader = new Loader({ pool, ...base, workers: 1, signal: controller.signal });
  await loader.next();
  controller.abort();
  await expect(take(loader, 9)).rejects.toMatchObject({ code: "aborted" });
});

test("memory stays flat over epochs", async () => {
  await using loader = new Loader({
    pool,
    ...base,
    workers: 1,
    sizePx: { widthPx: 256, heightPx: 256 },
    prefetch: 2,
  });
  const used = async (batches: number): Promise<number> => {
    for (let i = 0; i < batches; i++) await loader.next();
    globalThis.gc?.();
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    return (arrayBuffers + heapUsed) / 2 ** 20;
  };
  await used(20);
  const before = await used(10);
  // 60 batches of 4 MiB passed through in between.
  expect((await used(60)) - before).toBeLessThan(60);
});
