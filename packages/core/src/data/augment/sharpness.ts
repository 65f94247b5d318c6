import * as z from "zod";
import { augmentation, type Size } from "./augmentation.js";
import { drawFrom, range } from "./ranges.js";

/** Gaussian blur, sigma in pixels: two passes of a sampled kernel of radius ⌈3σ⌉, borders repeated. */
export function blurRgb(rgbU8: Uint8Array, { widthPx, heightPx }: Size, sigmaPx: number): Uint8Array {
  if (sigmaPx < 0.1) return rgbU8.slice();
  const radius = Math.ceil(3 * sigmaPx);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigmaPx ** 2)),
  );
  const total = kernel.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kernel.length; i++) kernel[i]! /= total;

  const rows = new Float32Array(rgbU8.length);
  for (let y = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++) {
      let [r, g, b] = [0, 0, 0];
      for (let k = -radius; k <= radius; k++) {
        const i = 3 * (y * widthPx + Math.min(Math.max(x + k, 0), widthPx - 1));
        const weight = kernel[k + radius]!;
        r += weight * rgbU8[i]!;
        g += weight * rgbU8[i + 1]!;
        b += weight * rgbU8[i + 2]!;
      }
      const o = 3 * (y * widthPx + x);
      rows[o] = r;
      rows[o + 1] = g;
      rows[o + 2] = b;
    }
  }
  const out = new Uint8Array(rgbU8.length);
  const stride = 3 * widthPx;
  const sums = new Float32Array(stride);
  for (let y = 0; y < heightPx; y++) {
    sums.fill(0.5);
    for (let k = -radius; k <= radius; k++) {
      const row = stride * Math.min(Math.max(y + k, 0), heightPx - 1);
      const weight = kernel[k + radius]!;
      for (let i = 0; i < stride; i++) sums[i]! += weight * rows[row + i]!;
    }
    out.set(sums, y * stride);
  }
  return out;
}

export const blur = augmentation({
  name: "blur",
  summary: "Gaussian blur, sigma in pixels",
  schema: z.strictObject({ sigmaPx: range(0, 20).default([0, 1.5]) }),
  kind: "colour",
  recolour({ sigmaPx }, rgbU8, size, rng) {
    rgbU8.set(blurRgb(rgbU8, size, drawFrom(sigmaPx, rng)));
  },
});

/** `y = s + f·(x − s)`, s a slightly blurred copy: below 1 softer, above 1 crisper. */
export const sharpness = augmentation({
  name: "sharpness",
  summary: "from soft to crisp",
  schema: z.strictObject({ factor: range(0, 4).default([0.5, 1.8]) }),
  kind: "colour",
  recolour({ factor }, rgbU8, size, rng) {
    const f = drawFrom(factor, rng);
    const soft = blurRgb(rgbU8, size, 1);
    for (let i = 0; i < rgbU8.length; i++) {
      const y = soft[i]! + f * (rgbU8[i]! - soft[i]!);
      rgbU8[i] = y <= 0 ? 0 : y >= 255 ? 255 : y + 0.5;
    }
  },
});
