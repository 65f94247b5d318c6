import * as z from "zod";
import { augmentation } from "./augmentation.js";
import { compose, scaling, translation } from "./homography.js";

/** Mirror, left to right or upside down. */
export const flip = augmentation({
  name: "flip",
  summary: "mirror, horizontally or vertically",
  schema: z.strictObject({ axis: z.enum(["horizontal", "vertical"]).default("horizontal") }),
  kind: "geometry",
  plan({ axis }, size) {
    const backward =
      axis === "horizontal"
        ? compose(translation(size.widthPx, 0), scaling(-1, 1))
        : compose(translation(0, size.heightPx), scaling(1, -1));
    return { size, backward };
  },
});
