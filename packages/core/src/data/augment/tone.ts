import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { drawFrom, drawLogarithmically, range } from "./ranges.js";

/** Run every sample through a curve on [0, 1]. */
function applyCurve(rgbU8: Uint8Array, curve: (x: number) => number): void {
  const table = Uint8ClampedArray.from({ length: 256 }, (_, v) => 255 * curve(v / 255));
  for (let i = 0; i < rgbU8.length; i++) rgbU8[i] = table[rgbU8[i]!]!;
}

/** `y = f·x` */
export const brightness = augmentation({
  name: "brightness",
  summary: "multiply every sample",
  schema: z.strictObject({ factor: range(0, 4).default([0.7, 1.3]) }),
  kind: "colour",
  recolour({ factor }, rgbU8, _size, rng) {
    const f = drawFrom(factor, rng);
    applyCurve(rgbU8, (x) => f * x);
  },
});

/** `y = m + f·(x − m)`, m the picture's mean luma */
export const contrast = augmentation({
  name: "contrast",
  summary: "spread or gather samples about the mean luma",
  schema: z.strictObject({ factor: range(0, 4).default([0.7, 1.3]) }),
  kind: "colour",
  recolour({ factor }, rgbU8, _size, rng) {
    let sum = 0;
    for (let i = 0; i < rgbU8.length; i += 3) sum += luma(rgbU8[i]!, rgbU8[i + 1]!, rgbU8[i + 2]!);
    const mean = sum / (rgbU8.length / 3) / 255;
    const f = drawFrom(factor, rng);
    applyCurve(rgbU8, (x) => mean + f * (x - mean));
  },
});

/** `y = xᵞ` */
export const gamma = augmentation({
  name: "gamma",
  summary: "raise every sample to a power",
  schema: z.strictObject({ exponent: range(0.1, 10).default([0.7, 1.4]) }),
  kind: "colour",
  recolour({ exponent }, rgbU8, _size, rng) {
    const power = drawLogarithmically(exponent, rng);
    applyCurve(rgbU8, (x) => x ** power);
  },
});

/** `y = l + f·(x − l)`, l each pixel's luma: 0 is grey, 1 unchanged. */
export const saturation = augmentation({
  name: "saturation",
  summary: "from grey to vivid",
  schema: z.strictObject({ factor: range(0, 4).default([0.6, 1.4]) }),
  kind: "colour",
  recolour({ factor }, rgbU8, _size, rng) {
    const f = drawFrom(factor, rng);
    for (let i = 0; i < rgbU8.length; i += 3) {
      const l = luma(rgbU8[i]!, rgbU8[i + 1]!, rgbU8[i + 2]!);
      for (let c = 0; c < 3; c++) rgbU8[i + c] = toU8(l + f * (rgbU8[i + c]! - l));
    }
  },
});

/** Turn every colour about the grey axis by an angle in degrees (in YIQ: luma kept, chroma turned). */
export const hue = augmentation({
  name: "hue",
  summary: "turn every colour about grey, degrees",
  schema: z.strictObject({ degrees: range(-180, 180).default([-18, 18]) }),
  kind: "colour",
  recolour({ degrees }, rgbU8, _size, rng) {
    const angle = (drawFrom(degrees, rng) * Math.PI) / 180;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    for (let i = 0; i < rgbU8.length; i += 3) {
      const [r, g, b] = [rgbU8[i]!, rgbU8[i + 1]!, rgbU8[i + 2]!];
      const y = luma(r, g, b);
      const u = 0.596 * r - 0.274 * g - 0.322 * b;
      const v = 0.211 * r - 0.523 * g + 0.312 * b;
      const [p, q] = [c * u - s * v, s * u + c * v];
      rgbU8[i] = toU8(y + 0.956 * p + 0.621 * q);
      rgbU8[i + 1] = toU8(y - 0.272 * p - 0.647 * q);
      rgbU8[i + 2] = toU8(y - 1.106 * p + 1.703 * q);
    }
  },
});

/** Luma of Rec. 601. */
const luma = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;
const toU8 = (x: number): number => (x <= 0 ? 0 : x >= 255 ? 255 : x + 0.5);
