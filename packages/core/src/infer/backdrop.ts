import {
  blurPicture,
  colourSamples,
  fromSrgb,
  hasAlpha,
  inDepthOf,
  maxSample,
  parseColour,
  picture,
  resizePicture,
  toRgbChannels,
  toSrgb,
  withAlpha,
  type ColourProfile,
  type Picture,
  type Samples,
} from "../image/index.js";
import type { Background } from "./options.js";
import type { Plane } from "./plane.js";

/** What stands behind the subject, in the picture's own colour space and depth: one colour, or a picture of its size. */
export type Backdrop =
  | { readonly kind: "colour"; readonly samples: readonly [number, number, number] }
  | { readonly kind: "picture"; readonly picture: Picture };

export interface Scene {
  /** RGB or RGBA. */
  readonly picture: Picture;
  readonly colour: ColourProfile;
  /** Of the picture's size and depth. */
  readonly alpha: Plane<Samples>;
}

/** @throws MattelierError `invalid-argument` for a text that is no colour */
export async function backdropFor(
  background: Background,
  { picture: source, colour, alpha }: Scene,
): Promise<Backdrop> {
  switch (background.kind) {
    case "colour": {
      const rgb = typeof background.colour === "string" ? parseColour(background.colour) : background.colour;
      return { kind: "colour", samples: await colourSamples(rgb, { colour, data: source.data }) };
    }
    case "image": {
      const { frames, colour: own } = background.image;
      const { widthPx, heightPx } = source;
      const scaled = await resizePicture(frames[0]!.picture, { widthPx, heightPx, fit: "cover" });
      const inSpace = await fromSrgb(opaque(await toSrgb(scaled, own)), colour);
      return { kind: "picture", picture: { ...inSpace, data: inDepthOf(source.data, inSpace.data) } };
    }
    case "blur": {
      const sigmaPx = (background.radiusPx ?? Math.max(source.widthPx, source.heightPx) / 100) / 2;
      return { kind: "picture", picture: await blurredBehind(source, alpha, sigmaPx) };
    }
  }
}

/**
 * The blurred picture of what is behind the subject: each pixel weighs by how much of it is background, so that
 * the subject's colours do not bleed out of it.
 */
async function blurredBehind(source: Picture, alpha: Plane<Samples>, sigmaPx: number): Promise<Picture> {
  const full = maxSample(alpha);
  // Never quite nothing: deep inside the subject its own colours stand in, where nothing is seen.
  const behind = alpha.data.map((a) => Math.max(1, full - a));
  return opaque(await blurPicture(withAlpha(opaque(source), behind), sigmaPx));
}

/** The colours without the alpha. */
function opaque(source: Picture): Picture {
  if (!hasAlpha(source)) return source;
  const { widthPx, heightPx, channels, data } = toRgbChannels(source);
  const count = widthPx * heightPx * 3;
  const out = data instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  for (let i = 0, o = 0; o < count; i += channels, o += 3) {
    out[o] = data[i]!;
    out[o + 1] = data[i + 1]!;
    out[o + 2] = data[i + 2]!;
  }
  return picture(widthPx, heightPx, 3, out);
}

/**
 * Lay a cut-out over its backdrop: `c = α·f + (1 − α)·b` on the samples as they are encoded.
 * @param cutout RGBA
 * @returns RGB
 */
export function layOver(cutout: Picture, backdrop: Backdrop): Picture {
  const { widthPx, heightPx, data } = cutout;
  const full = maxSample(cutout);
  const count = widthPx * heightPx * 3;
  const out = data instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  const behind = backdrop.kind === "picture" ? backdrop.picture.data : undefined;
  const samples = backdrop.kind === "colour" ? backdrop.samples : ([0, 0, 0] as const);
  for (let i = 0, o = 0; o < count; i += 4, o += 3) {
    const a = data[i + 3]!;
    for (let c = 0; c < 3; c++) {
      const b = behind === undefined ? samples[c]! : behind[o + c]!;
      out[o + c] = (a * data[i + c]! + (full - a) * b) / full + 0.5;
    }
  }
  return picture(widthPx, heightPx, 3, out);
}
