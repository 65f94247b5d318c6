import { describe, expect, it } from "vitest";
import { maxSample, type Picture, type Samples } from "../image/index.js";
import { mapBlocks } from "./blocks.js";
import { cutOut } from "./cut-out.js";
import { estimateLayers } from "./layer-colours.js";
import type { Plane } from "./plane.js";
import { alphaPlane, disc, finish, paint } from "./pictures.test-support.js";

/** A picture's cut-out with corrected colours. */
function cut(picture: Picture, alpha: Plane<Samples>, cellPx?: number): Picture {
  const blocks = mapBlocks(alpha);
  const box = { x: 0, y: 0, width: picture.widthPx, height: picture.heightPx };
  return finish(cutOut(picture, alpha, blocks, box, finish(estimateLayers(picture, alpha, blocks, cellPx))));
}

const [W, H] = [150, 110];
const cover = disc(70, 55, 35, 8);
const red = (x: number): readonly [number, number, number] => [0.8, 0.2 + 0.001 * x, 0.1];
const green = [0.1, 0.9, 0.3] as const;
const mix = (a: number, f: readonly number[], b: readonly number[]): number[] =>
  f.map((v, c) => a * v + (1 - a) * b[c]!);

describe("foreground colours", () => {
  it.each([
    [8, 1],
    [8, 2],
    [8, 4],
    [8, 8],
    [16, 2],
  ] as const)("take the old background out of the edge (%i bits, cells of %i)", (depth, cellPx) => {
    const picture = paint(W, H, 3, (x, y) => mix(cover(x, y), red(x), green), depth);
    const alpha = alphaPlane(W, H, cover, depth);
    const full = maxSample(picture);
    const { data } = cut(picture, alpha, cellPx);
    let [before, after, count] = [0, 0, 0];
    for (let i = 0; i < W * H; i++) {
      const a = alpha.data[i]! / full;
      if (a < 0.1 || a > 0.9) continue;
      for (let c = 0; c < 3; c++, count++) {
        const truth = red(i % W)[c]!;
        before += Math.abs(picture.data[i * 3 + c]! / full - truth);
        after += Math.abs(data[i * 4 + c]! / full - truth);
      }
    }
    expect(before / count).toBeGreaterThan(0.2);
    expect(after / count).toBeLessThan(0.03);
  });

  it("leave pure pixels as they are, and hidden ones empty", () => {
    const picture = paint(W, H, 3, (x, y) => mix(cover(x, y), red(x), green));
    const alpha = alphaPlane(W, H, cover);
    const { data, channels } = cut(picture, alpha);
    expect(channels).toBe(4);
    expect(data.filter((_, i) => i % 4 === 3)).toEqual(alpha.data);
    const wrong = data.findIndex((value, i) => {
      const [pixel, c] = [i >> 2, i % 4];
      const a = alpha.data[pixel]!;
      if (a !== 0 && (a !== 255 || c === 3)) return false;
      return value !== (a === 0 ? 0 : picture.data[pixel * 3 + c]!);
    });
    expect(wrong).toBe(-1);
  });

  it("work on grey, and past a picture's own alpha", () => {
    for (const channels of [1, 2] as const) {
      const picture = paint(W, H, channels, (x, y) => [0.9 * cover(x, y) + 0.1, 0.5].slice(0, channels));
      const alpha = alphaPlane(W, H, cover);
      const out = cut(picture, alpha);
      expect(out.channels).toBe(2);
      const off = out.data.filter((value, i) => i % 2 === 0 && alpha.data[i >> 1]! > 40 && value < 235);
      expect(off).toHaveLength(0);
    }
  });

  it("have an answer where there is no pure pixel at all, and where a layer is missing", () => {
    const picture = paint(40, 30, 3, (x, y) => [x / 40, y / 30, 0.5]);
    const veil = cut(
      picture,
      alphaPlane(40, 30, () => 0.5),
    );
    expect(veil.data[3]).toBe(128);
    const faint = cut(
      picture,
      alphaPlane(40, 30, (x) => (x === 20 ? 0.01 : 0)),
    );
    expect(faint.data.length).toBe(40 * 30 * 4);
    const nothing = cut(
      picture,
      alphaPlane(40, 30, () => 0),
    );
    expect(Math.max(...nothing.data)).toBe(0);
    const all = cut(
      picture,
      alphaPlane(40, 30, () => 1),
    );
    expect(all.data[4]).toBe(picture.data[3]);
  });

  it("are the same in a crop as in the whole", () => {
    const picture = paint(W, H, 3, (x, y) => mix(cover(x, y), red(x), green));
    const alpha = alphaPlane(W, H, cover);
    const whole = cut(picture, alpha);
    const blocks = mapBlocks(alpha);
    const layers = finish(estimateLayers(picture, alpha, blocks));
    const box = { x: 31, y: 17, width: 83, height: 61 };
    const part = finish(cutOut(picture, alpha, blocks, box, layers));
    for (let y = 0; y < box.height; y++) {
      const from = ((box.y + y) * W + box.x) * 4;
      expect([...part.data.subarray(y * box.width * 4, (y + 1) * box.width * 4)]).toEqual([
        ...whole.data.subarray(from, from + box.width * 4),
      ]);
    }
  });
});
