import { expect, it } from "vitest";
import { createRng } from "../util/index.js";
import { boxBlur } from "./box-blur.js";

it.each([
  [13, 9, 1],
  [13, 9, 4],
  [5, 3, 7],
  [1, 1, 2],
])("is the mean over the part of the window that lies in the picture (%i×%i, radius %i)", (w, h, r) => {
  const rng = createRng(w);
  const before = Float32Array.from({ length: w * h }, () => rng.uniform());
  const after = before.slice();
  boxBlur(after, w, h, r);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      let [sum, count] = [0, 0];
      for (let v = Math.max(0, y - r); v <= Math.min(h - 1, y + r); v++)
        for (let u = Math.max(0, x - r); u <= Math.min(w - 1, x + r); u++, count++) sum += before[v * w + u]!;
      expect(after[y * w + x]).toBeCloseTo(sum / count, 5);
    }
});
