import { describe, expect, it } from "vitest";
import { flattenOnto, toGreyChannels, toRgbChannels, withAlpha } from "./blend.js";
import { blurPicture } from "./blur.js";
import { toEightBits, toSixteenBits, wordsOf } from "./bytes.js";
import { picture, SRGB, type Channels, type Picture } from "./picture.js";
import { chart16, chart8, maxDifference } from "./pictures.test-support.js";
import { resizePicture, toNetworkRgb } from "./resize.js";

describe("resizing", () => {
  const channels: Channels[] = [1, 2, 3, 4];
  it.each(channels)("keeps %i channels and the depth", async (count) => {
    for (const still of [chart8(40, 30, count), chart16(40, 30, count)] as Picture[]) {
      const out = await resizePicture(still, { widthPx: 20, heightPx: 10 });
      expect([out.widthPx, out.heightPx, out.channels]).toEqual([20, 10, count]);
      expect(out.data.constructor).toBe(still.data.constructor);
      const level = still.data instanceof Uint16Array ? 40000 : 150;
      const flat = { ...still, data: still.data.map(() => level) };
      const { data } = await resizePicture(flat, { widthPx: 70, heightPx: 9 });
      // libvips's 16-bit kernels are off by up to a sixth of an 8-bit step.
      const tolerance = still.data instanceof Uint16Array ? 45 : 1;
      expect(maxDifference(data, Array<number>(data.length).fill(level))).toBeLessThanOrEqual(tolerance);
    }
  });

  it("halves by the mean of what it covers: the triangle of width 2, no aliasing", async () => {
    // A 1-pixel checkerboard is all alias: a kernel that does not widen would give 0 or 255.
    const checks = picture(
      64,
      64,
      1,
      Uint8Array.from({ length: 4096 }, (_, i) => (((i >> 6) + i) & 1) * 255),
    );
    const half = await resizePicture(checks, { widthPx: 32, heightPx: 32, kernel: "linear" });
    expect(Math.min(...half.data)).toBeGreaterThan(115);
    expect(Math.max(...half.data)).toBeLessThan(140);
  });

  it("hidden colours do not bleed into visible ones", async () => {
    const data = new Uint8Array(32 * 32 * 4);
    for (let p = 0; p < 1024; p++) data.set(p % 32 < 16 ? [255, 0, 0, 0] : [0, 200, 0, 255], 4 * p);
    const half = await resizePicture(picture(32, 32, 4, data), { widthPx: 11, heightPx: 11 });
    for (let i = 0; i < half.data.length; i += 4)
      if (half.data[i + 3]! > 8) expect(half.data[i]).toBeLessThan(8);
  });

  it("covers by cropping, and gives the same picture back at the same size", async () => {
    const still = chart8(40, 20, 3);
    expect(await resizePicture(still, { widthPx: 40, heightPx: 20 })).toBe(still);
    const square = await resizePicture(still, { widthPx: 20, heightPx: 20, fit: "cover" });
    const middle = still.data.filter((_, i) => Math.floor(i / 3) % 40 >= 10 && Math.floor(i / 3) % 40 < 30);
    expect(square.data).toEqual(middle);
  });

  it("16-bit pictures reach the network in 8", async () => {
    const still = chart16(64, 64, 3);
    const seen = await toNetworkRgb(still, SRGB, { widthPx: 32, heightPx: 32 });
    const narrow = { ...still, data: toEightBits(still.data) };
    const reference = await toNetworkRgb(narrow, SRGB, { widthPx: 32, heightPx: 32 });
    expect(maxDifference(seen.data, reference.data)).toBeLessThanOrEqual(1);
    expect(seen.data).toBeInstanceOf(Uint8Array);
  });
});

describe("blur", () => {
  it.each([2, 30])("of sigma %i is that of a Gaussian", async (sigma) => {
    const step = picture(
      400,
      400,
      1,
      Uint8Array.from({ length: 160000 }, (_, i) => (i % 400 < 200 ? 0 : 255)),
    );
    const { data } = await blurPicture(step, sigma);
    // The step's blur is the normal distribution function, here by its logistic approximation (error < 0.0095).
    for (const d of [-2, -1, 0, 1, 2]) {
      const at = 200 + Math.round(d * sigma);
      const z = (at + 0.5 - 200) / sigma;
      const expected = 255 / (1 + Math.exp(-1.702 * z));
      expect(Math.abs(data[200 * 400 + at]! - expected)).toBeLessThan(8);
    }
  });

  it("keeps channels, and leaves what is not to be blurred", async () => {
    for (const count of [1, 2, 3, 4] as const) {
      const out = await blurPicture(chart8(50, 40, count), 12);
      expect([out.widthPx, out.heightPx, out.channels]).toEqual([50, 40, count]);
    }
    const still = chart8(8, 8, 3);
    expect(await blurPicture(still, 0)).toBe(still);
  });
});

describe("samples and channels", () => {
  it("8 and 16 bits convert exactly there and back", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(toEightBits(toSixteenBits(all))).toEqual(all);
    const wide = Uint16Array.from({ length: 65536 }, (_, i) => i);
    toEightBits(wide).forEach((v, i) => {
      if (v !== Math.round((i * 255) / 65535)) throw new Error(`${i} gives ${v}`);
    });
  });

  it("words are read from odd addresses too", () => {
    const bytes = Uint8Array.of(9, 1, 2, 3, 4);
    expect(wordsOf(bytes.subarray(1))).toEqual(wordsOf(Uint8Array.of(1, 2, 3, 4)));
  });

  it("grey and RGB, with and without alpha", () => {
    for (const count of [1, 2] as const) {
      const grey = chart16(6, 5, count);
      expect(toGreyChannels(toRgbChannels(grey))).toEqual(grey);
    }
    const rgb = chart8(6, 5, 3);
    const alpha = chart8(6, 5, 1).data;
    const rgba = withAlpha(rgb, alpha);
    expect(rgba.data.filter((_, i) => i % 4 === 3)).toEqual(alpha);
    expect(rgba.data.filter((_, i) => i % 4 !== 3)).toEqual(rgb.data);
    expect(() => withAlpha(rgba, alpha)).toThrow(/^internal/);
    expect(() => withAlpha(rgb, alpha.subarray(1))).toThrow(/30 samples/);
  });

  it("flattening mixes with the background by alpha, woven in or apart, in both depths", () => {
    const rgb = picture(3, 1, 3, Uint8Array.of(10, 20, 30, 10, 20, 30, 10, 20, 30));
    const alpha = Uint8Array.of(0, 51, 255);
    const expected = [200, 100, 50, 162, 84, 46, 10, 20, 30];
    expect([...flattenOnto(rgb, [200, 100, 50], alpha).data]).toEqual(expected);
    expect([...flattenOnto(withAlpha(rgb, alpha), [200, 100, 50]).data]).toEqual(expected);
    const wide = { ...rgb, data: toSixteenBits(rgb.data) };
    const flat = flattenOnto(wide, [200 * 257, 100 * 257, 50 * 257], alpha);
    expect(flat.data).toEqual(toSixteenBits(Uint8Array.from(expected)));
    expect(flattenOnto(rgb, [0, 0, 0])).toBe(rgb);
  });
});
