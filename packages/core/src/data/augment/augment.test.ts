import { describe, expect, test } from "vitest";
import { createRng } from "../../util/index.js";
import { labelledImage, type LabelledImage } from "../labelled-image.js";
import type { Others } from "./augmentation.js";
import { augmentations, createPipeline, trimap, type AugmentationEntry } from "./index.js";

/** A picture whose matte can be read off its colours: subject pixels are red 200, background pixels blue 200. */
function disc(widthPx: number, heightPx: number, radius = 0.3): LabelledImage {
  const pixels = widthPx * heightPx;
  const rgbU8 = new Uint8Array(3 * pixels);
  const alphaU8 = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const [x, y] = [(i % widthPx) / widthPx - 0.4, Math.floor(i / widthPx) / heightPx - 0.55];
    const inside = Math.hypot(x, y) < radius;
    alphaU8[i] = inside ? 255 : 0;
    rgbU8.set(inside ? [200, 60, 0] : [0, 60, 200], 3 * i);
  }
  return labelledImage({ name: "disc", widthPx, heightPx, rgbU8, alphaU8 });
}

const others: Others = {
  labelled: () => Promise.resolve(disc(40, 60, 0.2)),
  background: () => Promise.resolve({ ...disc(64, 48, 0), name: "background" }),
};
/** Smallest settings where an augmentation needs any. */
const settings: Readonly<Record<string, object>> = {
  "random-resized-crop": { size: 32 },
  "random-crop": { size: [32, 24] },
  "centre-crop": { size: 32 },
  resize: { shortSide: 32 },
};

describe.each(augmentations.map((a) => [a.name, a] as const))("%s", (name, augmentation) => {
  const pipeline = createPipeline([{ [name]: settings[name] ?? {} }]);

  test("the same seed gives the same picture, other seeds others, the source stays", async () => {
    const image = disc(50, 40);
    const before = structuredClone(image);
    const first = await pipeline.run(image, createRng(1), others);
    expect(await pipeline.run(image, createRng(1), others)).toEqual(first);
    expect(image).toEqual(before);
    const isFixed = ["flip", "centre-crop", "resize"].includes(name);
    const elsewhere = await Promise.all(
      [2, 3, 4].map((seed) => pipeline.run(image, createRng(seed), others)),
    );
    expect(elsewhere.every((out) => Buffer.compare(out.rgbU8, first.rgbU8) === 0)).toBe(isFixed);
  });

  test("picture and matte move together", async () => {
    const out = await pipeline.run(disc(50, 40), createRng(3), others);
    if (augmentation.kind === "colour" || augmentation.kind === "tone") {
      expect(out.alphaU8).toEqual(disc(50, 40).alphaU8);
      expect(out.rgbU8).not.toEqual(disc(50, 40).rgbU8);
      return;
    }
    // Red is 200·α and blue 200·(1 − α) before; resampling is linear, so they still are, to rounding.
    let worst = 0;
    for (let i = 0; i < out.alphaU8!.length; i++) {
      const alpha = out.alphaU8![i]! / 255;
      if (name === "copy-paste") {
        // A pasted soft edge keeps a trace of its old background, as in the paper; the rest is as it was or pasted whole.
        const before = disc(50, 40).alphaU8![i]!;
        expect(out.alphaU8![i]).toBeGreaterThanOrEqual(before);
        if (alpha > 0 && (alpha < 1 || before > 0)) continue;
      }
      worst = Math.max(worst, Math.abs(out.rgbU8[3 * i]! - 200 * alpha));
      worst = Math.max(worst, Math.abs(out.rgbU8[3 * i + 2]! - 200 * (1 - alpha)));
    }
    expect(worst).toBeLessThanOrEqual(2);
    expect(out.alphaU8!.some((a) => a === 255)).toBe(true);
  });

  test("has a line for help", () => {
    expect(augmentation.summary.length).toBeGreaterThan(10);
  });
});

test("geometry composes into one resampling: two flips are exactly nothing", async () => {
  const image = disc(31, 17);
  expect(await createPipeline(["flip", "flip"]).run(image, createRng(1), others)).toEqual(image);
});

test("a step that probability leaves out does not change the draws of the others", async () => {
  const noise = { "gaussian-noise": { sigma: 20 } };
  const one = await createPipeline([{ blur: {}, probability: 0 }, noise]).run(
    disc(20, 20),
    createRng(4),
    others,
  );
  const two = await createPipeline([{ hue: {}, probability: 0 }, noise]).run(
    disc(20, 20),
    createRng(4),
    others,
  );
  expect(one).toEqual(two);
});

test("copy-paste onto backgrounds keeps this picture's subject and drops the rest", async () => {
  const pipeline = createPipeline([{ "copy-paste": { background: true, scale: 1, featherPx: 0 } }]);
  const out = await pipeline.run(disc(50, 40), createRng(5), others);
  expect(out.alphaU8).toEqual(disc(50, 40).alphaU8);
});

test.each([
  [["flp"], "augment[0]", 'did you mean "flip"'],
  [[{ rotate: { degrees: [5, -5] } }], "augment[0].rotate.degrees", "low end first"],
  [[{ rotate: { angle: 5 } }], "augment[0].rotate", "angle"],
  [[{ flip: {}, probability: 2 }], "augment[0].probability", "1"],
  [[{ flip: {}, rotate: {} }], "augment[0]", "flip, rotate"],
  [["hue", { rotate: { degrees: 200 } }], "augment[1].rotate.degrees", ": expected at most 180; got 200."],
  [
    [{ rotate: { degrees: "far" } }],
    "augment[0].rotate.degrees",
    "a number from -180 to 180, or [low, high]",
  ],
  [[{ rotate: { degree: 20 } }], "augment[0].rotate", ': expected no key but degrees; got the key "degree"'],
  [[{ rotate: { degree: 20 } }], "augment[0].rotate", "did you mean degrees?"],
  [["random-resized-crop"], "augment[0].random-resized-crop.size", "a side in pixels, or [width, height]"],
  [["resize"], "augment[0].resize", "size or shortSide, one of them"],
  [[{ resize: { size: "big" } }], "augment[0].resize.size", "a side in pixels, or [width, height]"],
])("a wrong list %j is refused at %s", (entries, place, part) => {
  const refused = (): unknown => createPipeline(entries);
  expect(refused).toThrow(part);
  expect(refused).toThrow(expect.objectContaining({ where: place }));
});

test("a crop larger than the picture says what to put before it", async () => {
  const pipeline = createPipeline([{ "random-crop": { size: 64 } }]);
  await expect(pipeline.run(disc(50, 40), createRng(1), others)).rejects.toThrow("at least 64x64; got 50x40");
});

test("a trimap is sure away from the edge and unsure in the band", () => {
  const alpha = Uint8Array.from({ length: 20 }, (_, x) => (x < 10 ? 0 : 255));
  const map = trimap(alpha, 20, 1, 2);
  expect([...map]).toEqual([...Array<number>(8).fill(0), 128, 128, 128, 128, ...Array<number>(8).fill(255)]);
  expect([...trimap(Uint8Array.of(0, 0, 77, 255, 255), 5, 1, 0)]).toEqual([0, 0, 128, 255, 255]);
});

test("a trimap equals its definition by minimum and maximum over squares", () => {
  const rng = createRng(9);
  const [w, h, band] = [23, 17, 3];
  const alpha = Uint8Array.from({ length: w * h }, (_, i) =>
    (i % w) + Math.floor(i / w) > 20 ? 255 : rng.integer(20) === 0 ? 90 : 0,
  );
  const expected = Uint8Array.from({ length: w * h }, (_, i) => {
    let [low, high] = [255, 0];
    for (let y = Math.max(0, Math.floor(i / w) - band); y <= Math.min(h - 1, Math.floor(i / w) + band); y++)
      for (let x = Math.max(0, (i % w) - band); x <= Math.min(w - 1, (i % w) + band); x++)
        [low, high] = [Math.min(low, alpha[y * w + x]!), Math.max(high, alpha[y * w + x]!)];
    return low === 255 ? 255 : high === 0 ? 0 : 128;
  });
  expect(trimap(alpha, w, h, band)).toEqual(expected);
});

test("tone composes: each alone, exactly as its formula says, and nothing is clipped in between", async () => {
  const image = disc(20, 20);
  const run = (entries: readonly AugmentationEntry[]) =>
    createPipeline(entries).run(image, createRng(1), others);
  const dark = await run([{ brightness: { factor: 0.5 } }]);
  expect([...dark.rgbU8.subarray(0, 3)]).toEqual([0, 30, 100]);
  const grey = await run([{ saturation: { factor: 0 } }]);
  expect([...grey.rgbU8.subarray(0, 3)]).toEqual([58, 58, 58]); // 0.587·60 + 0.114·200
  expect(await run([{ brightness: { factor: 4 } }, { brightness: { factor: 0.25 } }])).toEqual(image);
  const back = await run([
    { hue: { degrees: 120 } },
    { hue: { degrees: -120 } },
    { contrast: { factor: 1 } },
  ]);
  expect(back.alphaU8).toEqual(image.alphaU8);
  for (const [i, value] of back.rgbU8.entries())
    expect(Math.abs(value - image.rgbU8[i]!)).toBeLessThanOrEqual(1);
  const flat = await run([{ contrast: { factor: 0 } }]);
  expect(new Set(flat.rgbU8).size).toBe(1);
});
