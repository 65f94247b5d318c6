import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImage } from "./decode.js";
import { encodeImage } from "./encode.js";
import { SRGB, SRGB_GREY, type Image, type Picture, type Samples } from "./picture.js";
import { chart16, chart8, maxDifference, rampAlpha8 } from "./pictures.test-support.js";
import { vipsSpace } from "./raw.js";
import { toEightBits } from "./bytes.js";

/** A file written by sharp alone, to read with our code. */
function written(still: Picture, format: "png" | "tiff" | "webp"): Promise<Buffer> {
  const { widthPx: width, heightPx: height, channels, data } = still;
  const pipeline = sharp(data, { raw: { width, height, channels } }).toColourspace(vipsSpace(still));
  if (format === "png") return pipeline.png().toBuffer();
  if (format === "tiff") return pipeline.tiff({ compression: "deflate" }).toBuffer();
  return pipeline.webp({ lossless: true, exact: true }).toBuffer();
}

/** What sharp alone reads from a file of ours. */
async function readBack(file: Uint8Array, wide: boolean): Promise<{ channels: number; samples: Samples }> {
  const { data, info } = await sharp(file, { ignoreIcc: true })
    .toColourspace(wide ? "rgb16" : "srgb")
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  const samples = wide ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  return { channels: info.channels, samples };
}

const imageOf = (still: Picture, alpha?: Samples): Image => ({
  frames: [{ picture: still, delayMs: 0, ...(alpha === undefined ? {} : { alpha }) }],
  loop: 0,
  colour: still.channels <= 2 ? SRGB_GREY : SRGB,
});

describe("decoding gives the samples that the file holds", () => {
  const pictures: [string, Picture][] = [
    ["8-bit grey", chart8(37, 23, 1)],
    ["8-bit grey and alpha", chart8(37, 23, 2)],
    ["8-bit RGB", chart8(37, 23, 3)],
    ["8-bit RGB and alpha", chart8(37, 23, 4)],
    ["16-bit grey", chart16(37, 23, 1)],
    ["16-bit grey and alpha", chart16(37, 23, 2)],
    ["16-bit RGB", chart16(37, 23, 3)],
    ["16-bit RGB and alpha", chart16(37, 23, 4)],
  ];
  for (const format of ["png", "tiff"] as const) {
    it.each(pictures)(`${format}, %s`, async (_, still) => {
      const decoded = await decodeImage(await written(still, format));
      const [frame] = decoded.frames;
      expect(frame!.picture).toEqual(still);
      expect(decoded.hadAlpha).toBe(still.channels % 2 === 0);
      expect(decoded.sourceSpace).toBe(still.channels <= 2 ? "grey" : "rgb");
      expect(decoded.sourceBits).toBe(still.data instanceof Uint16Array ? 16 : 8);
      expect(decoded.warnings).toEqual([]);
    });
  }

  it("webp, lossless, with the colours under full transparency", async () => {
    const still = chart8(40, 30, 4);
    const decoded = await decodeImage(await written(still, "webp"));
    expect(decoded.frames[0]!.picture).toEqual(still);
  });

  it("palette PNG, and bits of grey fewer than 8", async () => {
    const still = chart8(16, 16, 3);
    const { widthPx: width, heightPx: height } = still;
    const file = await sharp(still.data, { raw: { width, height, channels: 3 } })
      .png({ palette: true, colours: 16 })
      .toBuffer();
    expect((await sharp(file).metadata()).isPalette).toBe(true);
    const decoded = await decodeImage(file);
    expect(decoded.frames[0]!.picture.channels).toBe(3);
    expect(decoded.frames[0]!.picture.data).toEqual(new Uint8Array(await sharp(file).raw().toBuffer()));

    const checks = Uint8Array.from({ length: 64 }, (_, i) => ((i + (i >> 3)) % 2) * 255);
    const oneBit = await sharp(checks, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace("b-w")
      .tiff({ bitdepth: 1, compression: "deflate", predictor: "none" })
      .toBuffer();
    const bits = await decodeImage(oneBit);
    expect(bits.sourceSpace).toBe("grey");
    expect(bits.frames[0]!.picture.data).toEqual(checks);
  });

  it("palette with a transparent entry", async () => {
    const still = chart8(16, 16, 4);
    for (let i = 3; i < still.data.length; i += 4) still.data[i] = i % 3 === 0 ? 0 : 255;
    const file = await sharp(still.data, { raw: { width: 16, height: 16, channels: 4 } })
      .png({ palette: true })
      .toBuffer();
    const decoded = await decodeImage(file);
    expect(decoded.hadAlpha).toBe(true);
    const alphas = decoded.frames[0]!.picture.data.filter((_, i) => i % 4 === 3);
    expect([...alphas]).toEqual([...still.data.filter((_, i) => i % 4 === 3)]);
  });

  it.each([10, 12] as const)("AVIF of %i bits fills 16: white is 65535", async (bitdepth) => {
    const white = new Uint16Array(32 * 32 * 3).fill(65535);
    const file = await sharp(white, { raw: { width: 32, height: 32, channels: 3 } })
      .toColourspace("rgb16")
      .avif({ bitdepth, lossless: true })
      .toBuffer();
    const decoded = await decodeImage(file);
    expect(decoded.format).toBe("avif");
    expect(decoded.sourceBits).toBe(bitdepth);
    expect(decoded.frames[0]!.picture.data).toEqual(white);
  });

  it("JPEG, as libjpeg decodes it", async () => {
    const still = chart8(45, 31, 3);
    const file = await sharp(still.data, { raw: { width: 45, height: 31, channels: 3 } })
      .jpeg()
      .toBuffer();
    const decoded = await decodeImage(file);
    expect(decoded.frames[0]!.picture.data).toEqual(new Uint8Array(await sharp(file).raw().toBuffer()));
    const grey = await sharp(file).toColourspace("b-w").jpeg().toBuffer();
    expect((await decodeImage(grey)).frames[0]!.picture.channels).toBe(1);
  });

  it("linear floats and Lab arrive as 16-bit sRGB", async () => {
    const still = chart8(24, 16, 3);
    const base = sharp(still.data, { raw: { width: 24, height: 16, channels: 3 } });
    const scrgb = await base
      .clone()
      .toColourspace("scrgb")
      .tiff({ predictor: "float", compression: "deflate" })
      .toBuffer();
    const lab = await base
      .clone()
      .toColourspace("lab")
      .tiff({ predictor: "float", compression: "deflate" })
      .toBuffer();
    for (const [file, space] of [
      [scrgb, "rgb"],
      [lab, "lab"],
    ] as const) {
      const decoded = await decodeImage(file);
      const { data } = decoded.frames[0]!.picture;
      expect(decoded.sourceSpace).toBe(space);
      expect(data).toBeInstanceOf(Uint16Array);
      expect(maxDifference(toEightBits(data), still.data)).toBeLessThanOrEqual(2);
    }
  });
});

describe("what comes in goes out, but for alpha", () => {
  const cases: [string, Picture, "png" | "tiff"][] = [
    ["8-bit RGB as PNG", chart8(64, 48, 3), "png"],
    ["16-bit RGB as PNG", chart16(64, 48, 3), "png"],
    ["8-bit RGB as TIFF", chart8(64, 48, 3), "tiff"],
    ["16-bit RGB as TIFF", chart16(64, 48, 3), "tiff"],
  ];
  it.each(cases)("%s keeps every sample; alpha is what was set", async (_, still, format) => {
    const wide = still.data instanceof Uint16Array;
    const decoded = await decodeImage(await written(still, format));
    const [frame] = decoded.frames;
    const alpha = rampAlpha8(still.widthPx, still.heightPx);
    const file = await encodeImage({ ...decoded, frames: [{ ...frame!, alpha }] }, { format });
    const { channels, samples } = await readBack(file, wide);
    expect(channels).toBe(4);
    expect(samples.filter((_, i) => i % 4 !== 3)).toEqual(wide ? still.data : Buffer.from(still.data));
    const full = wide ? 257 : 1;
    expect([...samples.filter((_, i) => i % 4 === 3)]).toEqual([...alpha].map((a) => a * full));
  });

  it.each([
    ["8", chart8(30, 20, 1), 2],
    ["16", chart16(30, 20, 1), 2],
  ] as const)("grey of %s bits with alpha stays grey in PNG and TIFF", async (_, still, channels) => {
    const alpha = rampAlpha8(30, 20);
    for (const format of ["png", "tiff"] as const) {
      const file = await encodeImage(imageOf(still, alpha), { format });
      expect((await sharp(file).metadata()).channels).toBe(channels);
      const back = await decodeImage(file);
      expect(back.frames[0]!.picture.data.filter((_, i) => i % 2 === 0)).toEqual(still.data);
      expect(toEightBits(back.frames[0]!.picture.data.filter((_, i) => i % 2 === 1))).toEqual(alpha);
    }
  });

  it("alpha woven in and alpha apart give the same file", async () => {
    const rgba = chart8(50, 40, 4);
    const rgb = { ...rgba, channels: 3, data: rgba.data.filter((_, i) => i % 4 !== 3) } as const;
    const alpha = rgba.data.filter((_, i) => i % 4 === 3);
    for (const format of ["png", "webp", "avif", "tiff", "gif", "jpeg"] as const)
      expect(await encodeImage(imageOf(rgb, alpha), { format, effort: "fast" })).toEqual(
        await encodeImage(imageOf(rgba), { format, effort: "fast" }),
      );
  });

  it("efforts change the size of a PNG and nothing else", async () => {
    const still = chart8(128, 128, 4);
    const files = await Promise.all(
      (["fast", "balanced", "small"] as const).map((effort) =>
        encodeImage(imageOf(still), { format: "png", effort }),
      ),
    );
    for (const file of files) expect((await decodeImage(file)).frames[0]!.picture).toEqual(still);
    expect(files[2]!.length).toBeLessThan(files[0]!.length);
  });

  it("lossless WebP keeps what shows, and hides nothing under transparency", async () => {
    const still = chart8(50, 40, 4);
    const file = await encodeImage(imageOf(still), { format: "webp", lossless: true });
    const { samples } = await readBack(file, false);
    for (let i = 0; i < samples.length; i += 4) {
      expect(samples[i + 3]).toBe(still.data[i + 3]);
      if (still.data[i + 3] === 0) continue;
      expect([...samples.subarray(i, i + 3)]).toEqual([...still.data.subarray(i, i + 3)]);
    }
  });

  it("lossy formats stay near and keep alpha", async () => {
    const smooth = chart8(64, 64, 3);
    smooth.data.forEach((_, i) => (smooth.data[i] = 40 + ((i % 3) * 60 + Math.floor(i / 192))));
    const alpha = rampAlpha8(64, 64);
    for (const format of ["webp", "avif"] as const) {
      const file = await encodeImage(imageOf(smooth, alpha), { format, quality: 95 });
      const { channels, samples } = await readBack(file, false);
      expect(channels).toBe(4);
      expect(
        maxDifference(
          samples.filter((_, i) => i % 4 === 3),
          alpha,
        ),
      ).toBeLessThanOrEqual(format === "webp" ? 0 : 6);
      const shown = (_: number, i: number) => i % 4 !== 3 && samples[i - (i % 4) + 3]! > 200;
      const rgba = Uint8Array.from({ length: samples.length }, (_, i) =>
        i % 4 === 3 ? 0 : smooth.data[Math.floor(i / 4) * 3 + (i % 4)]!,
      );
      expect(maxDifference(samples.filter(shown), rgba.filter(shown))).toBeLessThanOrEqual(8);
    }
  });

  it("16 bits go into 10 or 12 of AVIF, and into 8 of WebP", async () => {
    const still = chart16(64, 64, 3);
    still.data.forEach((_, i) => (still.data[i] = 10000 + ((i % 3) * 15000 + Math.floor(i / 192) * 100)));
    const ten = await encodeImage(imageOf(still), { format: "avif", quality: 95 });
    const twelve = await encodeImage(imageOf(still), { format: "avif", quality: 95, avifBits: 12 });
    expect((await decodeImage(ten)).sourceBits).toBe(10);
    expect((await decodeImage(twelve)).sourceBits).toBe(12);
    expect(maxDifference((await decodeImage(ten)).frames[0]!.picture.data, still.data)).toBeLessThan(1500);
    const webp = await decodeImage(await encodeImage(imageOf(still), { format: "webp", lossless: true }));
    expect(webp.frames[0]!.picture.data).toEqual(toEightBits(still.data));
  });

  it("density is carried", async () => {
    const image = { ...imageOf(chart8(8, 8, 3)), densityPpi: 300 };
    for (const format of ["png", "jpeg", "tiff"] as const)
      expect((await decodeImage(await encodeImage(image, { format }))).densityPpi).toBe(300);
  });
});

describe("JPEG has no alpha", () => {
  const flat = (rgb: readonly number[], alpha: number): Image => {
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => rgb[i % 3]!);
    return imageOf({ widthPx: 16, heightPx: 16, channels: 3, data }, new Uint8Array(256).fill(alpha));
  };
  it.each([
    ["white by default", undefined, [200, 200, 200]],
    ["a colour by name", "red", [200, 72, 72]],
    ["a colour in hexadecimal", "#0000ff", [72, 72, 200]],
  ] as const)("flattens on %s", async (_, background, expected) => {
    const options = {
      format: "jpeg",
      quality: 100,
      ...(background === undefined ? {} : { background }),
    } as const;
    const { channels, samples } = await readBack(
      await encodeImage(flat([145, 145, 145], 128), options),
      false,
    );
    expect(channels).toBe(3);
    expect(
      maxDifference(
        samples,
        Array.from({ length: 768 }, (_, i) => expected[i % 3]!),
      ),
    ).toBeLessThanOrEqual(2);
  });

  it("grey stays grey on a grey background and becomes RGB on a colour", async () => {
    const still = chart8(16, 16, 1);
    const alpha = rampAlpha8(16, 16);
    const onWhite = await encodeImage(imageOf(still, alpha), { format: "jpeg" });
    expect((await decodeImage(onWhite)).frames[0]!.picture.channels).toBe(1);
    const onRed = await encodeImage(imageOf(still, alpha), { format: "jpeg", background: "red" });
    expect((await decodeImage(onRed)).frames[0]!.picture.channels).toBe(3);
  });
});

describe("what cannot be written is refused", () => {
  it("names the limit", async () => {
    const wide = { widthPx: 20000, heightPx: 1, channels: 1, data: new Uint8Array(20000) } as const;
    await expect(encodeImage(imageOf(wide), { format: "webp", where: "a.jpg" })).rejects.toMatchObject({
      code: "too-large",
      message:
        "a.jpg: expected sides of at most 16383 pixels in webp; got 20000×1. Fix: write PNG or TIFF, or scale the picture down",
    });
    const still = chart8(4, 4, 3);
    const frames = [still, still].map((p) => ({ picture: p, delayMs: 10 }));
    const animation = { frames, loop: 0, colour: SRGB };
    await expect(encodeImage(animation, { format: "png" })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await expect(encodeImage(imageOf(still), { format: "jpeg", quality: 0 })).rejects.toMatchObject({
      code: "invalid-argument",
    });
    await expect(
      encodeImage(imageOf(still), { format: "png", signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: "aborted" });
  });
});
