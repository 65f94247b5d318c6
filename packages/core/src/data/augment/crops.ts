import * as z from "zod";
import { MattelierError } from "../../util/index.js";
import { augmentation, type GeometryStep, type Size } from "./augmentation.js";
import { compose, scaling, translation } from "./homography.js";
import { drawFrom, drawLogarithmically, range } from "./ranges.js";

const side = z.int().min(1).max(8192);
/** `256` for a square, or `[width, height]`. */
const sizeSchema = z
  .union([side.transform((s) => [s, s] as const), z.tuple([side, side])], {
    error: "a side in pixels, or [width, height]",
  })
  .transform(([widthPx, heightPx]): Size => ({ widthPx, heightPx }));

/** A window of what was before, stretched to a size. */
function windowTo(size: Size, x: number, y: number, widthPx: number, heightPx: number): GeometryStep {
  const backward = compose(translation(x, y), scaling(widthPx / size.widthPx, heightPx / size.heightPx));
  return { size, backward };
}

/** A window of random area and aspect anywhere in the picture, stretched to the size (Szegedy 2014). */
export const randomResizedCrop = augmentation({
  name: "random-resized-crop",
  summary: "a window of random area and aspect, brought to the size",
  schema: z.strictObject({
    size: sizeSchema,
    area: range(0.01, 1).default([0.35, 1]),
    aspect: range(0.1, 10).default([3 / 4, 4 / 3]),
  }),
  kind: "geometry",
  plan({ size, area, aspect }, { widthPx, heightPx }, rng) {
    const wanted = drawFrom(area, rng) * widthPx * heightPx;
    const ratio = drawLogarithmically(aspect, rng);
    const w = Math.min(widthPx, Math.sqrt(wanted * ratio));
    const h = Math.min(heightPx, Math.sqrt(wanted / ratio));
    return windowTo(size, rng.uniform() * (widthPx - w), rng.uniform() * (heightPx - h), w, h);
  },
});

/** A window of exactly the size, anywhere; the picture must be at least as large (put a resize before). */
export const randomCrop = augmentation({
  name: "random-crop",
  summary: "a window of the size, anywhere",
  schema: z.strictObject({ size: sizeSchema }),
  kind: "geometry",
  plan({ size }, from, rng) {
    if (from.widthPx < size.widthPx || from.heightPx < size.heightPx)
      throw new MattelierError({
        code: "invalid-config",
        where: "random-crop",
        expected: `a picture of at least ${size.widthPx}x${size.heightPx}`,
        got: `${from.widthPx}x${from.heightPx}`,
        fix: 'put { "resize": { "shortSide": … } } before it, or use random-resized-crop.',
      });
    const x = rng.integer(from.widthPx - size.widthPx + 1);
    const y = rng.integer(from.heightPx - size.heightPx + 1);
    return windowTo(size, x, y, size.widthPx, size.heightPx);
  },
});

/** The middle, as large as it can be in the size's aspect, brought to the size. For validation. */
export const centreCrop = augmentation({
  name: "centre-crop",
  summary: "the middle in the size's aspect, brought to the size",
  schema: z.strictObject({ size: sizeSchema }),
  kind: "geometry",
  plan({ size }, from) {
    const factor = Math.min(from.widthPx / size.widthPx, from.heightPx / size.heightPx);
    const [w, h] = [size.widthPx * factor, size.heightPx * factor];
    return windowTo(size, (from.widthPx - w) / 2, (from.heightPx - h) / 2, w, h);
  },
});

/** The whole picture, stretched to a size, or scaled so that its short side has a length. */
export const resize = augmentation({
  name: "resize",
  summary: "the whole picture, stretched to a size or by its short side",
  schema: z
    .strictObject({ size: sizeSchema.optional(), shortSide: side.optional() })
    .refine(({ size, shortSide }) => (size === undefined) !== (shortSide === undefined), {
      error: "size or shortSide, one of them",
    }),
  kind: "geometry",
  plan({ size, shortSide }, { widthPx, heightPx }) {
    const factor = (shortSide ?? 0) / Math.min(widthPx, heightPx);
    const scaled = { widthPx: Math.round(widthPx * factor), heightPx: Math.round(heightPx * factor) };
    return windowTo(size ?? scaled, 0, 0, widthPx, heightPx);
  },
});
