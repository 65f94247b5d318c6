import { describe, expect, it } from "vitest";
import { createRng } from "../util/index.js";
import { plane } from "./pictures.test-support.js";
import { axisTaps, resample, resampleTile, stretch, stretched, type KernelName } from "./resample.js";

const KERNELS: readonly KernelName[] = ["nearest", "linear", "cubic", "lanczos3", "area"];

describe("resampling", () => {
  it.each(KERNELS)("%s weighs to one and reads nothing outside", (kernel) => {
    for (const [inPx, outPx] of [
      [7, 20],
      [20, 7],
      [13, 13],
      [100, 3],
      [1, 5],
    ] as const) {
      const { count, index, weights } = axisTaps(stretched(inPx, outPx), kernel);
      for (let i = 0; i < outPx; i++) {
        const taps = weights.subarray(i * count, (i + 1) * count);
        expect(taps.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 5);
      }
      expect(Math.min(...index)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...index)).toBeLessThan(inPx);
    }
  });

  it.each(KERNELS)("%s gives a plane of the same size back", (kernel) => {
    const rng = createRng(1);
    const source = plane(9, 5, () => rng.uniform());
    const { data } = stretch(source, 9, 5, kernel);
    data.forEach((value, i) => {
      expect(value).toBeCloseTo(source.data[i]!, 6);
    });
  });

  it("takes exact means of areas, also of fractions of samples", () => {
    const source = plane(5, 1, (x) => x);
    // Each output sample covers two and a half input samples.
    const { data } = stretch(source, 2, 1, "area");
    expect(data[0]).toBeCloseTo((0 + 1 + 0.5 * 2) / 2.5, 6);
    expect(data[1]).toBeCloseTo((0.5 * 2 + 3 + 4) / 2.5, 6);
  });

  it("keeps a straight ramp straight when it enlarges by linear or cubic kernels", () => {
    for (const kernel of ["linear", "cubic"] as const) {
      const { data } = stretch(
        plane(10, 1, (x) => x),
        40,
        1,
        kernel,
      );
      for (let i = 8; i < 32; i++) expect(data[i]).toBeCloseTo((i + 0.5) / 4 - 0.5, 4);
    }
  });

  it("reads a part of the input only, as a letterbox needs", () => {
    const source = plane(12, 1, (x) => (x < 3 || x >= 9 ? 1000 : x));
    const x = { outPx: 24, scale: 0.25, offset: 3 + (0.25 - 1) / 2, first: 3, last: 8 };
    const y = { outPx: 1, scale: 1, offset: 0, first: 0, last: 0 };
    const { data } = resample(source, x, y, "cubic");
    expect(Math.max(...data)).toBeLessThan(9);
    expect(data[12]).toBeCloseTo(3 + 12.5 / 4 - 0.5, 4);
  });

  it("makes a tile as it makes the whole", () => {
    const rng = createRng(2);
    const source = plane(17, 11, () => rng.uniform());
    const taps = { x: axisTaps(stretched(17, 50), "cubic"), y: axisTaps(stretched(11, 40), "cubic") };
    const whole = stretch(source, 50, 40, "cubic");
    const tile = { x: 13, y: 7, width: 20, height: 18 };
    const out = new Float32Array(tile.width * tile.height);
    resampleTile(source, taps, tile, out);
    for (let y = 0; y < tile.height; y++)
      for (let x = 0; x < tile.width; x++)
        expect(out[y * tile.width + x]).toBeCloseTo(whole.data[(tile.y + y) * 50 + tile.x + x]!, 6);
  });
});
