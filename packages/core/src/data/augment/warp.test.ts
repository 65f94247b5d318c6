import fc from "fast-check";
import { expect, test } from "vitest";
import { createRng } from "../../util/index.js";
import { labelledImage, type LabelledImage } from "../labelled-image.js";
import { apply, compose, homographyBetween, IDENTITY, rotation, scaling, translation } from "./homography.js";
import { halve, warp } from "./warp.js";

function noise(widthPx: number, heightPx: number): LabelledImage {
  const rng = createRng(widthPx * 1000 + heightPx);
  const bytes = (n: number) => Uint8Array.from({ length: n }, () => rng.integer(256));
  const pixels = widthPx * heightPx;
  return labelledImage({
    name: "noise",
    widthPx,
    heightPx,
    rgbU8: bytes(3 * pixels),
    alphaU8: bytes(pixels),
  });
}

test("the identity changes nothing", () => {
  const image = noise(13, 7);
  const same = warp(image, { widthPx: 13, heightPx: 7, backward: IDENTITY, outside: "edge" });
  expect(same).toEqual(image);
});

test("a mirror map mirrors picture and matte alike, exactly", () => {
  const image = noise(8, 5);
  const mirror = compose(translation(8, 0), scaling(-1, 1));
  const mirrored = warp(image, { widthPx: 8, heightPx: 5, backward: mirror, outside: "edge" });
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 8; x++) {
      expect(mirrored.alphaU8![y * 8 + x]).toBe(image.alphaU8![y * 8 + 7 - x]);
      for (let c = 0; c < 3; c++)
        expect(mirrored.rgbU8[3 * (y * 8 + x) + c]).toBe(image.rgbU8[3 * (y * 8 + 7 - x) + c]);
    }
  expect(warp(mirrored, { widthPx: 8, heightPx: 5, backward: mirror, outside: "edge" })).toEqual(image);
});

test("outside the source lies the fill colour with an empty matte", () => {
  const image = noise(4, 4);
  const away = warp(image, { widthPx: 2, heightPx: 1, backward: translation(10, 0), outside: [9, 8, 7] });
  expect([...away.rgbU8]).toEqual([9, 8, 7, 9, 8, 7]);
  expect([...away.alphaU8!]).toEqual([0, 0]);
});

test("shrinking by four takes means, not every fourth pixel", () => {
  const widthPx = 64;
  const stripes = Uint8Array.from({ length: widthPx * widthPx }, (_, i) => (i % 2) * 255);
  const rgbU8 = Uint8Array.from({ length: 3 * stripes.length }, (_, i) => stripes[Math.floor(i / 3)]!);
  const image = labelledImage({ name: "stripes", widthPx, heightPx: widthPx, rgbU8, alphaU8: stripes });
  const small = warp(image, { widthPx: 16, heightPx: 16, backward: scaling(4, 4), outside: "edge" });
  for (const value of [...small.rgbU8, ...small.alphaU8!])
    expect(Math.abs(value - 128)).toBeLessThanOrEqual(1);
});

test("a displacement of one pixel moves by one pixel", () => {
  const image = noise(6, 6);
  const offsetsPx = Float32Array.from({ length: 2 * 4 }, (_, i) => (i % 2 === 0 ? 1 : 0));
  const moved = warp(image, {
    widthPx: 6,
    heightPx: 6,
    backward: IDENTITY,
    displacement: { columns: 2, rows: 2, offsetsPx },
    outside: "edge",
  });
  for (let y = 0; y < 6; y++)
    for (let x = 0; x < 5; x++) expect(moved.alphaU8![y * 6 + x]).toBe(image.alphaU8![y * 6 + x + 1]);
});

test("halving an odd size drops the last row and column", () => {
  expect(halve(noise(5, 3))).toMatchObject({ widthPx: 2, heightPx: 1 });
});

test("a homography between two quads takes each corner to its corner", () => {
  const jitter = fc.double({ min: -20, max: 20, noNaN: true });
  fc.assert(
    fc.property(fc.array(jitter, { minLength: 8, maxLength: 8 }), (j) => {
      const from = [
        [0, 0],
        [100, 0],
        [100, 100],
        [0, 100],
      ] as const;
      const to = from.map(([x, y], i) => [x + j[2 * i]!, y + j[2 * i + 1]!] as const);
      const h = homographyBetween(from, to);
      from.forEach(([x, y], i) => {
        const [u, v] = apply(h, x, y);
        expect(u).toBeCloseTo(to[i]![0], 6);
        expect(v).toBeCloseTo(to[i]![1], 6);
      });
    }),
  );
});

test("a rotation turns about its centre", () => {
  const [x, y] = apply(rotation(90, 5, 5), 6, 5);
  expect([x, y].map((v) => Math.round(v * 1e9) / 1e9)).toEqual([5, 6]);
});

test("rows and columns apart give what the general map gives, to rounding", () => {
  const image = noise(37, 23);
  for (const backward of [
    compose(translation(4.3, 2.6), scaling(0.71, 0.83)),
    compose(translation(36, 1), scaling(-1.7, 1.2)),
    compose(translation(-3, -2), scaling(2.4, 3.1)),
  ]) {
    const size = { widthPx: 16, heightPx: 12 };
    const fast = warp(image, { ...size, backward, outside: "edge" });
    const none = { columns: 2, rows: 2, offsetsPx: new Float32Array(8) };
    const general = warp(image, { ...size, backward, displacement: none, outside: "edge" });
    for (const plane of ["rgbU8", "alphaU8"] as const)
      for (const [i, value] of fast[plane]!.entries())
        expect(Math.abs(value - general[plane]![i]!)).toBeLessThanOrEqual(1);
  }
});
