import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { toEightBits } from "./bytes.js";
import { colourSamples, fromSrgb, srgbProfile, toSrgb } from "./convert.js";
import { decodeImage } from "./decode.js";
import { encodeImage } from "./encode.js";
import { readIccHeader } from "./icc.js";
import { picture, SRGB_GREY, type ColourProfile, type Image, type Picture } from "./picture.js";
import { chart16, chart8, maxDifference, rampAlpha8 } from "./pictures.test-support.js";
import {
  ADOBE_RGB,
  buildBlackOnlyCmykProfile,
  buildProfile,
  GREY_GAMMA_18,
} from "./profiles.test-support.js";
import { toNetworkRgb } from "./resize.js";
import { uncompressedTiff } from "./tiff.js";
import { linearToSrgb, srgbToLinear } from "./transfer.js";

const adobe = buildProfile(ADOBE_RGB);
const grey18 = buildProfile(GREY_GAMMA_18);
let p3: Uint8Array;

beforeAll(async () => {
  const file = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } })
    .withIccProfile("p3")
    .png()
    .toBuffer();
  p3 = Uint8Array.from((await sharp(file).metadata()).icc!);
});

/** Adobe RGB to sRGB by the definitions of both, in the D50 connection space. */
function adobeToSrgb(rgb: readonly number[]): number[] {
  const linear = rgb.map((v) => (v / 255) ** (563 / 256));
  const xyz = [0, 1, 2].map((row) =>
    linear.reduce((sum, v, i) => sum + v * ADOBE_RGB.primaries![i]![row]!, 0),
  );
  // XYZ (D50) to linear sRGB: Bradford-adapted inverse matrix.
  const matrix = [
    [3.1338561, -1.6168667, -0.4906146],
    [-0.9787684, 1.9161415, 0.033454],
    [0.0719453, -0.2289914, 1.4052427],
  ];
  return matrix.map((row) => {
    const v = row.reduce((sum, m, i) => sum + m * xyz[i]!, 0);
    return 255 * linearToSrgb(Math.min(1, Math.max(0, v)));
  });
}

describe("ICC headers", () => {
  it("gives space and name of version 2 and version 4 profiles", async () => {
    expect(readIccHeader(adobe)).toEqual({ space: "RGB", name: "Adobe RGB (1998)" });
    expect(readIccHeader(grey18)).toEqual({ space: "GRAY", name: GREY_GAMMA_18.name });
    expect(readIccHeader(p3)?.space).toBe("RGB");
    expect(readIccHeader(p3)?.name).toMatch(/P3/i);
    expect(readIccHeader(await srgbProfile())?.name).toMatch(/sRGB/i);
  });

  it("survives nonsense", () => {
    expect(readIccHeader(new Uint8Array(0))).toBeUndefined();
    expect(readIccHeader(new Uint8Array(500))).toBeUndefined();
    const cut = adobe.slice(0, 180);
    expect(readIccHeader(cut)?.space).toBe("RGB");
    const lies = adobe.slice();
    new DataView(lies.buffer).setUint32(128, 0xffffffff); // that many tags
    new DataView(lies.buffer).setUint32(136, 0xfffffff0); // the description lies outside
    expect(readIccHeader(lies)).toEqual({ space: "RGB", name: "unnamed RGB profile" });
  });
});

describe("a profile goes through with the samples untouched", () => {
  const profiles = { "Adobe RGB": () => adobe, "Display P3": () => p3 };
  for (const [name, profile] of Object.entries(profiles))
    for (const wide of [false, true])
      for (const format of ["png", "tiff"] as const)
        it(`${name}, ${wide ? 16 : 8} bits, ${format}`, async () => {
          const still = wide ? chart16(40, 30, 3) : chart8(40, 30, 3);
          const decoded = await decodeImage(uncompressedTiff(still, profile()));
          expect(decoded.colour).toEqual({
            space: "rgb",
            name: readIccHeader(profile())!.name,
            icc: profile(),
          });
          expect(decoded.frames[0]!.picture).toEqual(still);
          const alpha = rampAlpha8(40, 30);
          const file = await encodeImage(
            { ...decoded, frames: [{ ...decoded.frames[0]!, alpha }] },
            { format },
          );
          expect(new Uint8Array((await sharp(file).metadata()).icc!)).toEqual(profile());
          const again = await decodeImage(file);
          const { data } = again.frames[0]!.picture;
          expect(data.filter((_, i) => i % 4 !== 3)).toEqual(still.data);
          expect(toEightBits(data.filter((_, i) => i % 4 === 3))).toEqual(alpha);
        });

  it.each(["jpeg", "webp", "avif"] as const)("%s carries it too", async (format) => {
    const still = chart8(40, 30, 3);
    const decoded = await decodeImage(uncompressedTiff(still, adobe));
    const file = await encodeImage(decoded, { format, lossless: true, quality: 100 });
    expect(new Uint8Array((await sharp(file).metadata()).icc!)).toEqual(adobe);
    const again = await decodeImage(file);
    expect(again.colour.name).toBe("Adobe RGB (1998)");
    expect(maxDifference(again.frames[0]!.picture.data, still.data)).toBeLessThanOrEqual(
      format === "webp" ? 0 : 8,
    );
  });

  it("GIF, which carries none, is converted to sRGB", async () => {
    const still = picture(
      8,
      8,
      3,
      Uint8Array.from({ length: 192 }, (_, i) => [60, 200, 90][i % 3]!),
    );
    const decoded = await decodeImage(uncompressedTiff(still, adobe));
    const again = await decodeImage(await encodeImage(decoded, { format: "gif" }));
    const expected = adobeToSrgb([60, 200, 90]);
    expect(maxDifference([...again.frames[0]!.picture.data.subarray(0, 3)], expected)).toBeLessThanOrEqual(2);
  });

  it("grey with a grey profile keeps both where the format has grey, else becomes sRGB", async () => {
    const still = chart8(20, 10, 1);
    const decoded = await decodeImage(uncompressedTiff(still, grey18));
    expect(decoded.colour).toEqual({ space: "grey", name: GREY_GAMMA_18.name, icc: grey18 });
    const png = await decodeImage(await encodeImage(decoded, { format: "png" }));
    expect(png.colour).toEqual(decoded.colour);
    expect(png.frames[0]!.picture).toEqual(still);
    const webp = await decodeImage(await encodeImage(decoded, { format: "webp", lossless: true }));
    expect(webp.colour.icc).toBeUndefined();
    const expected = Array.from(still.data, (v) => 255 * linearToSrgb((v / 255) ** 1.8));
    const shown = webp.frames[0]!.picture.data.filter((_, i) => i % webp.frames[0]!.picture.channels === 0);
    expect(maxDifference(shown, expected)).toBeLessThanOrEqual(2);
  });

  it("grey pixels under an RGB profile become RGB under it", async () => {
    const still = chart8(20, 10, 1);
    const decoded = await decodeImage(uncompressedTiff(still, adobe));
    expect(decoded.sourceSpace).toBe("grey");
    expect(decoded.colour.name).toBe("Adobe RGB (1998)");
    expect(decoded.frames[0]!.picture.data).toEqual(
      Uint8Array.from({ length: 600 }, (_, i) => still.data[Math.floor(i / 3)]!),
    );
  });

  it("a profile of another space, or a broken one, is left out aloud", async () => {
    const still = chart8(8, 8, 3);
    const misfit = await decodeImage(uncompressedTiff(still, grey18));
    expect(misfit.colour.icc).toBeUndefined();
    expect(misfit.warnings).toEqual([
      `the colour profile "${GREY_GAMMA_18.name}" does not fit RGB pixels and was left out`,
    ]);
    const broken = await decodeImage(uncompressedTiff(still, new Uint8Array(200)));
    expect(broken.warnings).toEqual(["the colour profile is broken and was left out"]);
    expect(broken.frames[0]!.picture).toEqual(still);
  });
});

/** The four samples of each pixel as inks: photometric interpretation 5 and, in place of alpha, the usual ink set. */
function cmykTiff(inks: Picture, icc: Uint8Array): Uint8Array {
  const file = uncompressedTiff(inks, icc);
  const view = new DataView(file.buffer);
  for (let at = 10; at < 10 + 12 * view.getUint16(8, true); at += 12) {
    const tag = view.getUint16(at, true);
    if (tag === 262) view.setUint16(at + 8, 5, true);
    if (tag === 338) {
      view.setUint16(at, 332, true);
      view.setUint16(at + 8, 1, true);
    }
  }
  return file;
}

describe("CMYK", () => {
  it.each(["jpeg", "tiff"] as const)("%s with a profile is converted by it to sRGB", async (format) => {
    const black = 90;
    const inks = picture(16, 16, 4, new Uint8Array(1024).fill(black));
    const tiff = cmykTiff(inks, buildBlackOnlyCmykProfile());
    const file =
      format === "tiff"
        ? tiff
        : await sharp(tiff)
            .pipelineColourspace("cmyk")
            .toColourspace("cmyk")
            .keepIccProfile()
            .jpeg({ quality: 100 })
            .toBuffer();
    const { space, icc } = await sharp(file).metadata();
    expect([space, icc?.length]).toEqual(["cmyk", buildBlackOnlyCmykProfile().length]);

    const decoded = await decodeImage(file);
    expect(decoded.sourceSpace).toBe("cmyk");
    expect(decoded.colour.icc).toBeUndefined();
    const { channels, data } = decoded.frames[0]!.picture;
    expect(channels).toBe(3);
    const lightness = 100 * (1 - black / 255);
    const grey = 255 * linearToSrgb(((lightness + 16) / 116) ** 3);
    expect(maxDifference([...data.subarray(0, 3)], [grey, grey, grey])).toBeLessThanOrEqual(2);
    const out = await encodeImage(decoded, { format: "png" });
    expect((await sharp(out).metadata()).icc).toBeUndefined();
  });

  it("without a profile it takes libvips's own", async () => {
    const white = Buffer.alloc(16 * 16 * 3, 255);
    const file = await sharp(white, { raw: { width: 16, height: 16, channels: 3 } })
      .toColourspace("cmyk")
      .jpeg()
      .toBuffer();
    const { data } = (await decodeImage(file)).frames[0]!.picture;
    expect(Math.min(...data)).toBeGreaterThanOrEqual(250);
  });
});

describe("conversion", () => {
  const colours = [
    [255, 255, 255],
    [0, 0, 0],
    [128, 128, 128],
    [200, 180, 160],
    [60, 200, 90],
    [30, 60, 200],
  ];
  const still = picture(colours.length, 1, 3, Uint8Array.from(colours.flat()));
  const profile: ColourProfile = { space: "rgb", name: "Adobe RGB (1998)", icc: adobe };

  it("to sRGB follows the definitions of both spaces, in 8 and 16 bits", async () => {
    const expected = colours.flatMap(adobeToSrgb);
    expect(maxDifference((await toSrgb(still, profile)).data, expected)).toBeLessThanOrEqual(1.5);
    const wide = { ...still, data: Uint16Array.from(still.data, (v) => v * 257) };
    const converted = Array.from((await toSrgb(wide, profile)).data, (v) => v / 257);
    expect(maxDifference(converted, expected)).toBeLessThanOrEqual(0.7);
  });

  it("from sRGB is its inverse inside the smaller space, and keeps alpha", async () => {
    const inside = [...colours.slice(0, 4), [120, 90, 40]];
    const rgba = Uint8Array.from(inside.flatMap((rgb, i) => [...rgb, 50 * i]));
    const there = await fromSrgb(picture(inside.length, 1, 4, rgba), profile);
    const back = await toSrgb(there, profile);
    expect(maxDifference(back.data, rgba)).toBeLessThanOrEqual(2);
    expect(maxDifference(there.data, rgba)).toBeGreaterThan(5);
    const wide = Uint16Array.from(rgba, (v) => v * 257);
    const wideBack = await toSrgb(await fromSrgb(picture(inside.length, 1, 4, wide), profile), profile);
    expect(maxDifference(wideBack.data, wide)).toBeLessThanOrEqual(200);
  });

  it("untagged pictures are left alone; grey becomes RGB", async () => {
    const grey = chart8(4, 4, 2);
    const rgb = await toSrgb(grey, SRGB_GREY);
    expect(rgb.channels).toBe(4);
    expect([...rgb.data.subarray(0, 4)]).toEqual([grey.data[0], grey.data[0], grey.data[0], grey.data[1]]);
    const plain = chart8(4, 4, 3);
    expect(await toSrgb(plain, { space: "rgb", name: "sRGB" })).toBe(plain);
  });

  it("a background colour is the same colour in the picture's space", async () => {
    const [r, g, b] = await colourSamples(
      { r: 120, g: 90, b: 40, alpha: 1 },
      { colour: profile, data: still.data },
    );
    expect(maxDifference(adobeToSrgb([r, g, b]), [120, 90, 40])).toBeLessThanOrEqual(1.5);
    const decoded: Image = {
      frames: [{ picture: still, delayMs: 0, alpha: new Uint8Array(6) }],
      loop: 0,
      colour: profile,
    };
    const jpeg = await encodeImage(decoded, { format: "jpeg", quality: 100, background: "rgb(120 90 40)" });
    const shown = await decodeImage(jpeg);
    expect(shown.colour.name).toBe(profile.name);
    expect(maxDifference([...shown.frames[0]!.picture.data.subarray(0, 3)], [r, g, b])).toBeLessThanOrEqual(
      2,
    );
  });

  it("the network sees sRGB, 8 bits, whatever the picture is", async () => {
    const flat = (rgb: readonly number[], scale: number) =>
      Array.from({ length: 64 * 64 * 3 }, (_, i) => rgb[i % 3]! * scale);
    const expected = adobeToSrgb([60, 200, 90]);
    for (const data of [
      Uint8Array.from(flat([60, 200, 90], 1)),
      Uint16Array.from(flat([60, 200, 90], 257)),
    ]) {
      const seen = await toNetworkRgb(picture(64, 64, 3, data), profile, { widthPx: 16, heightPx: 8 });
      expect([seen.widthPx, seen.heightPx, seen.channels]).toEqual([16, 8, 3]);
      expect(maxDifference([...seen.data.subarray(0, 3)], expected)).toBeLessThanOrEqual(2);
    }
    const grey = picture(8, 8, 1, new Uint8Array(64).fill(100));
    const greySeen = await toNetworkRgb(
      grey,
      { space: "grey", name: "", icc: grey18 },
      { widthPx: 4, heightPx: 4 },
    );
    expect(greySeen.channels).toBe(3);
    expect(Math.abs(greySeen.data[0]! - 255 * linearToSrgb((100 / 255) ** 1.8))).toBeLessThanOrEqual(2);
    const hidden = picture(8, 8, 4, new Uint8Array(256).fill(0));
    const overGrey = await toNetworkRgb(hidden, { space: "rgb", name: "sRGB" }, { widthPx: 4, heightPx: 4 });
    expect([...overGrey.data]).toEqual(Array(48).fill(128));
  });

  it("transfer functions are inverse to each other", () => {
    for (const v of [0, 0.001, 0.04, 0.2, 0.5, 1]) expect(linearToSrgb(srgbToLinear(v))).toBeCloseTo(v, 12);
    expect(srgbToLinear(0.5)).toBeCloseTo(0.2140411, 6); // IEC 61966-2-1
  });
});
