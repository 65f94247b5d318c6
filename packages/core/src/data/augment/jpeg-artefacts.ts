import * as z from "zod";
import { decodeReduced, encodeImage, picture, SRGB } from "../../image/index.js";
import { augmentation } from "./augmentation.js";
import { drawFrom, range } from "./ranges.js";

/** Out to JPEG and back (the codec itself): blocks, ringing, and below quality 90 chroma at half the resolution. */
export const jpegArtefacts = augmentation({
  name: "jpeg-artefacts",
  summary: "compress as JPEG of a quality, 1 to 100",
  schema: z.strictObject({ quality: range(1, 100).default([30, 90]) }),
  kind: "colour",
  async recolour({ quality }, rgbU8, { widthPx, heightPx }, rng) {
    const frames = [{ picture: picture(widthPx, heightPx, 3, rgbU8), delayMs: 0 }];
    const bytes = await encodeImage(
      { frames, loop: 0, colour: SRGB },
      { format: "jpeg", quality: Math.round(drawFrom(quality, rng)), effort: "fast" },
    );
    rgbU8.set((await decodeReduced(bytes, { channels: "rgb" })).picture.data);
  },
});
