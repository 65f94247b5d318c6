import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { drawLogarithmically, range } from "./ranges.js";

/** `y = xᵞ` on [0, 1] */
export const gamma = augmentation({
  name: "gamma",
  summary: "raise every sample to a power",
  schema: z.strictObject({ exponent: range(0.1, 10).default([0.7, 1.4]) }),
  kind: "colour",
  recolour({ exponent }, rgbU8, _size, rng) {
    const power = drawLogarithmically(exponent, rng);
    const table = Uint8ClampedArray.from({ length: 256 }, (_, v) => 255 * (v / 255) ** power);
    for (let i = 0; i < rgbU8.length; i++) rgbU8[i] = table[rgbU8[i]!]!;
  },
});
