import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { compose, scaling, translation } from "./homography.js";
import { drawLogarithmically, range } from "./ranges.js";

/** Zoom about the middle, the size kept: above 1 nearer, below 1 farther. */
export const scale = augmentation({
  name: "scale",
  summary: "zoom about the middle, size kept",
  schema: z.strictObject({ factor: range(0.1, 10).default([0.75, 1.25]) }),
  kind: "geometry",
  plan({ factor }, size, rng) {
    const f = drawLogarithmically(factor, rng);
    const [x, y] = [size.widthPx / 2, size.heightPx / 2];
    return {
      size,
      backward: compose(translation(x, y), compose(scaling(1 / f, 1 / f), translation(-x, -y))),
    };
  },
});
