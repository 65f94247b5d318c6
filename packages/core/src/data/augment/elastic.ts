import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { IDENTITY } from "./homography.js";
import { drawFrom, range } from "./ranges.js";

/**
 * Elastic deformation: normal offsets on a coarse grid, bilinearly spread (Ronneberger 2015, §3.1: random
 * displacement vectors on a coarse 3 by 3 grid). Magnitudes are shares of the short side.
 */
export const elastic = augmentation({
  name: "elastic",
  summary: "random offsets on a coarse grid, smoothly spread",
  schema: z.strictObject({
    magnitude: range(0, 0.5).default([0, 0.03]),
    grid: z.int().min(2).max(32).default(4),
  }),
  kind: "geometry",
  plan({ magnitude, grid }, size, rng) {
    const sigmaPx = drawFrom(magnitude, rng) * Math.min(size.widthPx, size.heightPx);
    const offsetsPx = Float32Array.from({ length: 2 * grid * grid }, () => sigmaPx * rng.normal());
    return { size, backward: IDENTITY, displacement: { columns: grid, rows: grid, offsetsPx } };
  },
});
