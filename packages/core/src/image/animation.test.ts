import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode.js";
import { encodeImage } from "./encode.js";
import { SRGB, type Image, type Picture } from "./picture.js";
import { chart8, maxDifference } from "./pictures.test-support.js";

const WIDTH = 24;
const HEIGHT = 16;
const DELAYS = [50, 120, 200];

/** Frames of few colours, so that a GIF's palette holds them all; transparent on the left, more in each frame. */
function gifLike(frame: number): Picture<Uint8Array> {
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    const x = p % WIDTH;
    if (x < 2 + 3 * frame) continue;
    data.set([40 * frame + 60, x > 12 ? 200 : 30, 90, 255], 4 * p);
  }
  return { widthPx: WIDTH, heightPx: HEIGHT, channels: 4, data };
}

function animation(loop = 3): Image {
  const frames = DELAYS.map((delayMs, i) => ({ picture: gifLike(i), delayMs }));
  return { frames, loop, colour: SRGB };
}

const strip = (image: Image): Buffer =>
  Buffer.concat(image.frames.map((frame) => frame.picture.data as Uint8Array));

/** The same animation written by sharp alone. */
function bySharp(format: "gif" | "webp"): Promise<Buffer> {
  const raw = { width: WIDTH, height: 3 * HEIGHT, channels: 4, pageHeight: HEIGHT } as const;
  const pipeline = sharp(strip(animation()), { raw });
  return (
    format === "gif"
      ? pipeline.gif({ delay: DELAYS, loop: 3 })
      : pipeline.webp({ delay: DELAYS, loop: 3, lossless: true })
  ).toBuffer();
}

describe("animations", () => {
  it.each(["gif", "webp"] as const)("%s in: every frame whole, with delays and loop", async (format) => {
    const decoded = await decodeImage(await bySharp(format));
    expect(decoded.format).toBe(format);
    expect(decoded.loop).toBe(3);
    expect(decoded.hadAlpha).toBe(true);
    expect(decoded.frames.map((frame) => frame.delayMs)).toEqual(DELAYS);
    decoded.frames.forEach((frame, i) => {
      expect(frame.picture).toEqual(gifLike(i));
    });
  });

  for (const from of ["gif", "webp"] as const)
    for (const to of ["gif", "webp"] as const)
      it(`${from} to ${to}: frames, delays, loop, with alpha of its own for each frame`, async () => {
        const decoded = await decodeImage(await bySharp(from));
        const out = await encodeImage(decoded, { format: to, lossless: true });
        const meta = await sharp(out, { animated: true }).metadata();
        expect([meta.format, meta.pages, meta.pageHeight, meta.width]).toEqual([to, 3, HEIGHT, WIDTH]);
        expect([meta.delay, meta.loop]).toEqual([DELAYS, 3]);
        const pixels = await sharp(out, { animated: true }).ensureAlpha().raw().toBuffer();
        expect(pixels.equals(strip(animation()))).toBe(true);
      });

  it("a plane of alpha beside each frame is joined", async () => {
    const frames = animation().frames.map((frame, i) => ({
      delayMs: frame.delayMs,
      picture: {
        widthPx: WIDTH,
        heightPx: HEIGHT,
        channels: 3 as const,
        data: (frame.picture.data as Uint8Array).filter((_, k) => k % 4 !== 3),
      },
      alpha: gifLike(i).data.filter((_, k) => k % 4 === 3),
    }));
    for (const format of ["gif", "webp"] as const) {
      const out = await encodeImage({ frames, loop: 0, colour: SRGB }, { format, lossless: true });
      expect((await decodeImage(out)).loop).toBe(0);
      const pixels = await sharp(out, { animated: true }).ensureAlpha().raw().toBuffer();
      expect(pixels.equals(strip(animation()))).toBe(true);
    }
  });

  it("frames from one decoding are written without a copy, and like frames from several", async () => {
    const decoded = await decodeImage(await bySharp("webp"));
    const { buffer } = decoded.frames[0]!.picture.data;
    for (const frame of decoded.frames) expect(frame.picture.data.buffer).toBe(buffer);
    const apart = decoded.frames.map((frame) => ({
      ...frame,
      picture: { ...frame.picture, data: frame.picture.data.slice() },
    }));
    expect(await encodeImage(decoded, { format: "webp" })).toEqual(
      await encodeImage({ ...decoded, frames: apart }, { format: "webp" }),
    );
  });

  it("still pictures have one frame without delay", async () => {
    const { widthPx: width, heightPx: height, data } = chart8(9, 7, 3);
    for (const format of ["gif", "webp"] as const) {
      const file = await sharp(data, { raw: { width, height, channels: 3 } })
        .toFormat(format)
        .toBuffer();
      const decoded = await decodeImage(file);
      expect(decoded.frames.map((frame) => frame.delayMs)).toEqual([0]);
      expect(decoded.loop).toBe(0);
    }
  });

  it("frames that differ in size are a bug of the caller", async () => {
    const frames = [chart8(4, 4, 3), chart8(4, 5, 3)].map((still) => ({ picture: still, delayMs: 20 }));
    await expect(encodeImage({ frames, loop: 0, colour: SRGB }, { format: "gif" })).rejects.toMatchObject({
      code: "internal",
    });
  });

  it("of many pages of a TIFF the first is read, aloud", async () => {
    const pages = await sharp(strip(animation()), {
      raw: { width: WIDTH, height: 3 * HEIGHT, channels: 4, pageHeight: HEIGHT },
    })
      .tiff({ compression: "deflate" })
      .toBuffer();
    expect((await sharp(pages).metadata()).pages).toBe(3);
    const decoded = await decodeImage(pages);
    expect(decoded.frames).toHaveLength(1);
    expect(decoded.warnings).toEqual(["only the main one of 3 pages was read"]);
    expect(maxDifference(decoded.frames[0]!.picture.data, gifLike(0).data)).toBe(0);
  });
});
