import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode.js";
import { encodeImage } from "./encode.js";
import { orientPicture } from "./orient.js";
import { picture } from "./picture.js";
import { chart16, chart8, maxDifference } from "./pictures.test-support.js";

const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const;

/**
 * The 2×3 picture of the EXIF specification's figure: a b / c d / e f as stored, and what a viewer shows for each
 * orientation, row by row.
 */
const SHOWN: Record<(typeof ORIENTATIONS)[number], string> = {
  1: "ab cd ef",
  2: "ba dc fe",
  3: "fe dc ba",
  4: "ef cd ab",
  5: "ace bdf",
  6: "eca fdb",
  7: "fdb eca",
  8: "bdf ace",
};

describe("orientation", () => {
  it.each(ORIENTATIONS)("%i turns the figure of the specification upright", (orientation) => {
    const stored = picture(
      2,
      3,
      1,
      Uint8Array.from("abcdef", (c) => c.charCodeAt(0)),
    );
    const upright = orientPicture(stored, orientation);
    const rows = Array.from({ length: upright.heightPx }, (_, y) =>
      String.fromCharCode(...upright.data.subarray(y * upright.widthPx, (y + 1) * upright.widthPx)),
    );
    expect(rows.join(" ")).toBe(SHOWN[orientation]);
  });

  it("moves whole pixels, of any depth", () => {
    const turned = orientPicture(chart16(5, 4, 3), 6);
    expect([turned.widthPx, turned.heightPx]).toEqual([4, 5]);
    expect(orientPicture(turned, 8)).toEqual(chart16(5, 4, 3));
  });

  const upright = chart8(33, 21, 3);
  for (const format of ["jpeg", "png", "webp", "tiff", "avif"] as const) {
    it.each(ORIENTATIONS)(
      `a ${format} with tag %i is decoded upright, and the tag goes no further`,
      async (tag) => {
        const raw = { width: upright.widthPx, height: upright.heightPx, channels: 3 } as const;
        const base = sharp(upright.data, { raw }).withMetadata({ orientation: tag });
        const file = await {
          jpeg: () => base.jpeg({ quality: 100, chromaSubsampling: "4:4:4" }),
          png: () => base.png(),
          webp: () => base.webp({ lossless: true }),
          tiff: () => base.tiff({ compression: "deflate" }),
          avif: () => base.avif({ quality: 100, lossless: true }),
        }
          [format]()
          .toBuffer();
        if (format !== "avif") expect((await sharp(file).metadata()).orientation).toBe(tag);

        const decoded = await decodeImage(file);
        const [frame] = decoded.frames;
        // What the stored samples decode to, without turning; then turned by the table above.
        const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
        if (format !== "avif") {
          const expected = orientPicture({ ...upright, data: new Uint8Array(data) }, tag);
          expect(frame!.picture).toEqual(expected);
        }
        expect(maxDifference(frame!.picture.data, orientPicture(upright, tag).data)).toBeLessThanOrEqual(8);

        for (const out of ["png", "jpeg", "tiff", "webp", "avif"] as const) {
          const again = await encodeImage(decoded, { format: out, effort: "fast" });
          const meta = await sharp(again).metadata();
          expect(meta.orientation ?? 1).toBe(1);
          expect([meta.width, meta.height]).toEqual([frame!.picture.widthPx, frame!.picture.heightPx]);
        }
      },
    );
  }

  it("turns each frame of an animation, and keeps their order", async () => {
    const frames = [1, 2, 3].map((seed) => chart8(6, 4, 4, seed));
    for (const still of frames) for (let i = 3; i < still.data.length; i += 4) still.data[i] = 255;
    const strip = Buffer.concat(frames.map((still) => still.data));
    for (const tag of [3, 6] as const) {
      const file = await sharp(strip, { raw: { width: 6, height: 12, channels: 4, pageHeight: 4 } })
        .withMetadata({ orientation: tag })
        .webp({ lossless: true, delay: [50, 20, 30] })
        .toBuffer();
      expect((await sharp(file).metadata()).orientation).toBe(tag);
      const decoded = await decodeImage(file);
      expect(decoded.frames.map((frame) => frame.delayMs)).toEqual([50, 20, 30]);
      decoded.frames.forEach((frame, i) => {
        const expected = orientPicture(frames[i]!, tag);
        const colours = (_: number, k: number) => frame.picture.channels === 4 || k % 4 !== 3;
        expect(frame.picture.widthPx).toBe(expected.widthPx);
        expect(frame.picture.data).toEqual(expected.data.filter(colours));
      });
    }
  });
});
