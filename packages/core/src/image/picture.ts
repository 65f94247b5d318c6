import { internalError } from "../util/index.js";

/** 8 or 16 bits a sample, full range: 0 to 255 or 0 to 65535. */
export type Samples = Uint8Array | Uint16Array;

/** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
export type Channels = 1 | 2 | 3 | 4;

/**
 * Pixels: row-major, interleaved, tightly packed, straight (not premultiplied) alpha as the last channel.
 * `data.length` is `widthPx · heightPx · channels`. What the numbers mean is the image's {@link ColourProfile}.
 */
export interface Picture<S extends Samples = Samples> {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly channels: Channels;
  readonly data: S;
}

/** One picture of an animation; a still image has one, with a delay of 0. */
export interface Frame {
  readonly picture: Picture;
  readonly delayMs: number;
  /**
   * Alpha apart from the colours: `widthPx · heightPx` samples beside a picture of 1 or 3 channels, 8 or 16
   * bits whatever the picture has. `encodeImage` joins it while it writes, which saves the copy of the whole
   * picture that weaving it in would take. `decodeImage` never makes one.
   */
  readonly alpha?: Samples;
}

/** What the samples mean. Without `icc` the space is sRGB (grey: with sRGB's transfer curve). */
export interface ColourProfile {
  readonly space: "rgb" | "grey";
  /** As the profile calls itself ("Display P3", "Adobe RGB (1998)"); "sRGB" when there is no profile. */
  readonly name: string;
  /** The profile's bytes, as they were in the file; carried to the output. */
  readonly icc?: Uint8Array;
}

/** sRGB, as untagged pictures are read. */
export const SRGB: ColourProfile = { space: "rgb", name: "sRGB" };

/** Grey with sRGB's transfer curve, as untagged grey pictures are read. */
export const SRGB_GREY: ColourProfile = { space: "grey", name: "sRGB grey" };

/** What `encodeImage` writes: frames of one size, channel count and depth, in one colour space. */
export interface Image {
  /** At least one. */
  readonly frames: readonly Frame[];
  /** How often an animation plays; 0 is for ever. */
  readonly loop: number;
  readonly colour: ColourProfile;
  /** Pixels an inch, where known. */
  readonly densityPpi?: number;
}

/** What `decodeImage` reads. Upright: the EXIF orientation has been applied. */
export interface DecodedImage extends Image {
  /** "jpeg", "png", "webp", "avif", "tiff", "gif", "svg". */
  readonly format: string;
  /** The file's own colour model; CMYK and Lab have been converted to sRGB, the others are as they were. */
  readonly sourceSpace: "rgb" | "grey" | "cmyk" | "lab";
  /** Bits a sample in the file: 10 or 12 (AVIF) arrive scaled to 16, fewer than 8 to 8. */
  readonly sourceBits: number;
  /** Whether the file has an alpha channel or a transparent colour. */
  readonly hadAlpha: boolean;
  /** What of the file was set aside, in sentences for people: further pages, a broken colour profile. */
  readonly warnings: readonly string[];
}

/** Whether the last channel is alpha. */
export function hasAlpha({ channels }: Pick<Picture, "channels">): boolean {
  return channels === 2 || channels === 4;
}

/** The largest sample value: 255 or 65535. */
export function maxSample({ data }: { readonly data: Samples }): 255 | 65535 {
  return data instanceof Uint16Array ? 65535 : 255;
}

/** A picture from its samples, whose count is checked; they are not copied. */
export function picture<S extends Samples>(
  widthPx: number,
  heightPx: number,
  channels: Channels,
  data: S,
): Picture<S> {
  const expected = widthPx * heightPx * channels;
  if (data.length !== expected) {
    throw internalError(
      `picture(${widthPx}×${heightPx}×${channels})`,
      `${expected} samples`,
      String(data.length),
    );
  }
  return { widthPx, heightPx, channels, data };
}
