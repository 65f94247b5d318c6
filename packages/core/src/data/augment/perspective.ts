import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { homographyBetween } from "./homography.js";
import { drawFrom, range } from "./ranges.js";

/** Each corner moves inwards by up to a share of the size, as if seen from the side. */
export const perspective = augmentation({
  name: "perspective",
  summary: "corners moved inwards, as if seen from the side",
  schema: z.strictObject({ strength: range(0, 0.45).default([0, 0.15]) }),
  kind: "geometry",
  plan({ strength }, size, rng) {
    const [w, h] = [size.widthPx, size.heightPx];
    const corners = [
      [0, 0, 1, 1],
      [w, 0, -1, 1],
      [w, h, -1, -1],
      [0, h, 1, -1],
    ] as const;
    const moved = corners.map(
      ([x, y, dx, dy]) =>
        [x + dx * drawFrom(strength, rng) * w, y + dy * drawFrom(strength, rng) * h] as const,
    );
    return {
      size,
      backward: homographyBetween(
        corners.map(([x, y]) => [x, y] as const),
        moved,
      ),
    };
  },
});
