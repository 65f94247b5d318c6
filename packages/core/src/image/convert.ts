import { internalError } from "../util/index.js";
import { toRgbChannels } from "./blend.js";
import { toEightBits, toSixteenBits } from "./bytes.js";
import { codec } from "./codec.js";
import type { Colour } from "./colour.js";
import { maxSample, picture, type ColourProfile, type Picture, type Samples } from "./picture.js";
import { fromRaw, toRaw } from "./raw.js";
import { withTemporaryFile } from "./temporary-file.js";
import { uncompressedTiff } from "./tiff.js";

/**
 * A picture's colours as sRGB by its profile (perceptual intent, Little CMS): 3 or 4 channels, same depth, same
 * alpha. The picture itself when it is RGB in sRGB already. 16-bit grey with a profile has 8 bits of precision.
 */
export async function toSrgb<S extends Samples>(
  source: Picture<S>,
  colour: ColourProfile,
): Promise<Picture<S>> {
  if (colour.icc === undefined || isSrgb(colour)) return toRgbChannels(source);
  const sharp = await codec();
  const wide = source.data instanceof Uint16Array;
  if (wide && source.channels <= 2) {
    // sharp takes no account of the profile of 16-bit grey.
    const narrow = await toSrgb({ ...source, data: toEightBits(source.data) }, colour);
    return { ...narrow, data: toSixteenBits(narrow.data) as S };
  }
  const tagged = sharp(uncompressedTiff(source, colour.icc), { limitInputPixels: false });
  // For 16 bits sharp goes through Display P3, which holds all of sRGB; naming sRGB takes it on from there.
  return wide ? toRaw(tagged.withIccProfile("srgb"), "rgb16") : toRaw(tagged, "srgb");
}

/** Most profiles that cameras and editors write are sRGB's own ("sRGB IEC61966-2.1", "sRGB built-in"). */
const isSrgb = ({ space, name }: ColourProfile): boolean => space === "rgb" && /^sRGB\b/.test(name);

/**
 * An sRGB picture in another RGB space: a background for a photo in Display P3, say. 3 or 4 channels, same
 * depth; what the space cannot hold is clipped.
 * @throws MattelierError `unwritable`: the profile passes through a file in the system's temporary folder
 */
export async function fromSrgb<S extends Samples>(
  source: Picture<S>,
  colour: ColourProfile,
): Promise<Picture<S>> {
  if (colour.space !== "rgb") throw internalError("fromSrgb", "an RGB profile", colour.space);
  const rgb = toRgbChannels(source);
  if (colour.icc === undefined) return rgb;
  const sharp = await codec();
  const wide = rgb.data instanceof Uint16Array;
  return withTemporaryFile(colour.icc, async (path) => {
    // Untagged 16-bit pixels would be taken for Display P3.
    const input = wide
      ? sharp(uncompressedTiff(rgb, await srgbProfile()), { limitInputPixels: false })
      : await fromRaw(rgb);
    return toRaw(input.withIccProfile(path), wide ? "rgb16" : "srgb");
  });
}

/** An sRGB colour as the three samples that mean it in a picture of the given space and depth. Alpha is dropped. */
export async function colourSamples(
  { r, g, b }: Colour,
  like: { readonly colour: ColourProfile; readonly data: Samples },
): Promise<[r: number, g: number, b: number]> {
  const scale = maxSample(like) / 255;
  const values = [r, g, b].map((v) => v * scale);
  const pixel = picture(
    1,
    1,
    3,
    like.data instanceof Uint16Array ? Uint16Array.from(values) : Uint8Array.from(values),
  );
  const { data } = await fromSrgb(pixel, like.colour);
  return [data[0]!, data[1]!, data[2]!];
}

let srgbBytes: Promise<Uint8Array> | undefined;

/** libvips's own sRGB profile. */
export function srgbProfile(): Promise<Uint8Array> {
  srgbBytes ??= (async () => {
    const black = await fromRaw(picture(1, 1, 3, new Uint8Array(3)));
    const png = await black.withIccProfile("srgb").png().toBuffer();
    const { icc } = await (await codec())(png).metadata();
    if (icc === undefined) throw internalError("srgbProfile", "a PNG with a profile", "one without");
    return Uint8Array.from(icc);
  })();
  return srgbBytes;
}
