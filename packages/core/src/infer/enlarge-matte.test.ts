import { describe, expect, it } from "vitest";
import { maxSample } from "../image/index.js";
import { createRng } from "../util/index.js";
import { enlargeMatte } from "./enlarge-matte.js";
import { disc, finish, paint, plane } from "./pictures.test-support.js";
import { stretch, stretched, type AxisMap } from "./resample.js";

const grid = (cells: readonly [number, number], px: readonly [number, number]) => ({
  x: stretched(cells[0], px[0]),
  y: stretched(cells[1], px[1]),
});

/** Mean absolute difference of an alpha and what it should be. */
function error(
  alpha: ArrayLike<number>,
  full: number,
  w: number,
  truth: (x: number, y: number) => number,
): number {
  let sum = 0;
  for (let i = 0; i < alpha.length; i++) sum += Math.abs(alpha[i]! / full - truth(i % w, Math.floor(i / w)));
  return sum / alpha.length;
}

const [W, H] = [203, 157];
const subject = disc(90, 80, 50, 1.5);
/** A textured subject on a textured background of other colours. */
const scene = (x: number, y: number): readonly [number, number, number] => {
  const a = subject(x, y);
  const t = 0.05 * Math.sin(x * 0.9) * Math.cos(y * 0.7);
  return [a * (0.8 + t) + (1 - a) * (0.2 - t), a * (0.5 - t) + (1 - a) * (0.35 + t), a * 0.2 + (1 - a) * 0.6];
};

describe("enlargeMatte", () => {
  it.each([8, 16] as const)("follows the picture's edge better than bicubic does, at %i bits", (depth) => {
    const picture = paint(W, H, 3, scene, depth);
    const full = maxSample(picture);
    for (const factor of [2, 4, 8]) {
      const [w, h] = [Math.round(W / factor), Math.round(H / factor)];
      const matte = stretch(plane(W, H, subject), w, h, "area");
      const alpha = finish(enlargeMatte(matte, grid([w, h], [W, H]), picture));
      const bicubic = stretch(matte, W, H, "cubic").data.map((v) => Math.min(1, Math.max(0, v)));
      expect(maxSample(alpha)).toBe(full);
      expect(error(alpha.data, full, W, subject)).toBeLessThan(0.6 * error(bicubic, 1, W, subject));
    }
  });

  it("sees edges of grey pictures, too, and looks past their alpha", () => {
    const grey = (x: number, y: number): number => 0.2 + 0.6 * subject(x, y);
    const matte = stretch(plane(W, H, subject), 51, 39, "area");
    const bicubic = stretch(matte, W, H, "cubic").data;
    for (const channels of [1, 2] as const) {
      const picture = paint(W, H, channels, (x, y) => [grey(x, y), 0.7].slice(0, channels));
      const { data } = finish(enlargeMatte(matte, grid([51, 39], [W, H]), picture));
      expect(error(data, 255, W, subject)).toBeLessThan(0.6 * error(bicubic, 1, W, subject));
    }
  });

  it("is bicubic where the picture is flat", () => {
    const rng = createRng(5);
    const matte = plane(20, 15, () => rng.uniform());
    const picture = paint(80, 60, 3, () => [0.3, 0.6, 0.1]);
    const { data } = finish(enlargeMatte(matte, grid([20, 15], [80, 60]), picture));
    const bicubic = stretch(matte, 80, 60, "cubic").data;
    // The model's mean is interpolated linearly, what it leaves bicubically: close, not the same.
    let sum = 0;
    data.forEach((a, i) => (sum += Math.abs(a / 255 - Math.min(1, Math.max(0, bicubic[i]!)))));
    expect(sum / data.length).toBeLessThan(0.01);
  });

  it("keeps pure parts pure", () => {
    const picture = paint(100, 90, 3, scene);
    for (const value of [0, 1]) {
      const { data } = finish(
        enlargeMatte(
          plane(25, 25, () => value),
          grid([25, 25], [100, 90]),
          picture,
        ),
      );
      expect(new Set(data)).toEqual(new Set([value * 255]));
    }
    const half = plane(25, 25, (x) => (x < 12 ? 0 : 1));
    const { data } = finish(enlargeMatte(half, grid([25, 25], [100, 90]), picture));
    for (let y = 0; y < 90; y++) {
      expect(new Set(data.subarray(y * 100, y * 100 + 36))).toEqual(new Set([0]));
      expect(new Set(data.subarray(y * 100 + 60, y * 100 + 100))).toEqual(new Set([255]));
    }
  });

  it("has no seams between tiles", () => {
    // Shifting picture and matte by whole cells moves the tiles' borders, and must move nothing else.
    const shift = 5;
    const at = (dx: number) => (x: number, y: number) => scene(x - dx, y);
    const matteAt = (cells: number) => plane(50, 40, (x, y) => disc(22 + cells, 20, 12, 2)(x, y));
    const a = finish(enlargeMatte(matteAt(0), grid([50, 40], [200, 160]), paint(200, 160, 3, at(0))));
    const b = finish(
      enlargeMatte(matteAt(shift), grid([50, 40], [200, 160]), paint(200, 160, 3, at(shift * 4))),
    );
    let most = 0;
    for (let y = 0; y < 160; y++)
      for (let x = 0; x < 180; x++)
        most = Math.max(most, Math.abs(a.data[y * 200 + x]! - b.data[y * 200 + x + shift * 4]!));
    expect(most).toBeLessThanOrEqual(1);
  });

  it("reads only the part of the matte that shows the picture", () => {
    const picture = paint(64, 32, 3, scene);
    // A letterbox: 16 rows, of which 4 to 11 show the picture; the rest says "subject".
    const matte = plane(16, 16, (_, y) => (y >= 4 && y < 12 ? 0 : 1));
    const y: AxisMap = { outPx: 32, scale: 0.25, offset: 4 + (0.25 - 1) / 2, first: 4, last: 11 };
    const { data } = finish(enlargeMatte(matte, { x: stretched(16, 64), y }, picture));
    expect(Math.max(...data)).toBe(0);
  });

  it("takes means where the matte is finer than the picture, on one axis or both", () => {
    const truth = plane(120, 90, disc(60, 45, 30, 3));
    for (const [w, h] of [
      [40, 30],
      [40, 180],
      [240, 30],
    ] as const) {
      const picture = paint(w, h, 3, () => [0.5, 0.5, 0.5]);
      const { data } = finish(enlargeMatte(truth, grid([120, 90], [w, h]), picture));
      const exact = stretch(truth, w, h, "area").data;
      let sum = 0;
      data.forEach((a, i) => (sum += Math.abs(a / 255 - exact[i]!)));
      expect(sum / data.length).toBeLessThan(0.01);
    }
  });
});
