import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { colourMap, LUMA } from "./colour-map.js";
import { drawFrom, range } from "./ranges.js";

/** `y = f·x` */
export const brightness = augmentation({
  name: "brightness",
  summary: "multiply every sample",
  schema: z.strictObject({ factor: range(0, 4).default([0.7, 1.3]) }),
  kind: "tone",
  map({ factor }, _mean, rng) {
    const f = drawFrom(factor, rng);
    return colourMap((row, column) => (row === column ? f : 0));
  },
});

/** `y = m + f·(x − m)`, m the picture's mean luma */
export const contrast = augmentation({
  name: "contrast",
  summary: "spread or gather samples about the mean luma",
  schema: z.strictObject({ factor: range(0, 4).default([0.7, 1.3]) }),
  kind: "tone",
  map({ factor }, mean, rng) {
    const f = drawFrom(factor, rng);
    const luma = mean().reduce((sum, value, c) => sum + LUMA[c]! * value, 0);
    return colourMap((row, column) => (row === column ? f : 0), (1 - f) * luma);
  },
});

/** `y = l + f·(x − l)`, l each pixel's luma: 0 is grey, 1 unchanged. */
export const saturation = augmentation({
  name: "saturation",
  summary: "from grey to vivid",
  schema: z.strictObject({ factor: range(0, 4).default([0.6, 1.4]) }),
  kind: "tone",
  map({ factor }, _mean, rng) {
    const f = drawFrom(factor, rng);
    return colourMap((row, column) => (1 - f) * LUMA[column]! + (row === column ? f : 0));
  },
});

/** RGB to the chroma of YIQ, and back. */
const TO_IQ = [
  [0.596, -0.274, -0.322],
  [0.211, -0.523, 0.312],
] as const;
const FROM_IQ = [
  [0.956, 0.621],
  [-0.272, -0.647],
  [-1.106, 1.703],
] as const;

/** Turn every colour about the grey axis by an angle in degrees (in YIQ: luma kept, chroma turned). */
export const hue = augmentation({
  name: "hue",
  summary: "turn every colour about grey, degrees",
  schema: z.strictObject({ degrees: range(-180, 180).default([-18, 18]) }),
  kind: "tone",
  map({ degrees }, _mean, rng) {
    const angle = (drawFrom(degrees, rng) * Math.PI) / 180;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    return colourMap((row, column) => {
      const [i, q] = [TO_IQ[0][column]!, TO_IQ[1][column]!];
      return LUMA[column]! + FROM_IQ[row]![0] * (c * i - s * q) + FROM_IQ[row]![1] * (s * i + c * q);
    });
  },
});
