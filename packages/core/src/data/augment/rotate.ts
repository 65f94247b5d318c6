import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { rotation } from "./homography.js";
import { drawFrom, range } from "./ranges.js";

/** Turn about the middle by a random angle. */
export const rotate = augmentation({
  name: "rotate",
  summary: "turn about the middle, degrees",
  schema: z.strictObject({ degrees: range(-180, 180).default([-10, 10]) }),
  kind: "geometry",
  plan({ degrees }, size, rng) {
    return { size, backward: rotation(drawFrom(degrees, rng), size.widthPx / 2, size.heightPx / 2) };
  },
});
