import { throwIfAborted } from "../util/index.js";
import { bytesOf } from "./bytes.js";
import { codec } from "./codec.js";
import { DEFAULT_MAX_PIXELS, type DecodeOptions } from "./decode.js";
import { decodeGreyPng } from "./grey-png.js";
import { checkPixelCap, readHeader, type ImageHeader } from "./header.js";
import { picture, type Picture } from "./picture.js";
import { readInput } from "./read-input.js";
import { damaged } from "./refusals.js";

export interface ReducedOptions extends Pick<DecodeOptions, "maxPixels" | "where" | "signal"> {
  /** Channels asked for: RGB, RGB and alpha, or what the file has (8-bit grey stays one channel). */
  readonly channels: "rgb" | "rgba" | "as-is";
  /**
   * Halve, at most three times, while the short side stays at least this; by default never.
   * JPEG is decoded straight to the half, quarter or eighth, which costs a fraction of the whole.
   */
  readonly minShortSidePx?: number;
  /** Bring the result to exactly this size instead. */
  readonly size?: { readonly widthPx: number; readonly heightPx: number };
}

export interface ReducedPicture {
  readonly picture: Picture<Uint8Array>;
  /** The file's own size, upright. */
  readonly fullWidthPx: number;
  readonly fullHeightPx: number;
}

/**
 * Read a picture the fast way, for training and surveys: upright, 8 bits, sRGB (by its profile), the first frame
 * only, at a reduced size where that serves. Transparency asked for as "rgb" shows grey 128, as networks see it.
 *
 * @throws MattelierError `not-found`, `unreadable`, `invalid-image`, `too-large`, `unsupported`, `aborted`
 */
export async function decodeReduced(
  input: string | Uint8Array,
  options: ReducedOptions,
): Promise<ReducedPicture> {
  const { maxPixels = DEFAULT_MAX_PIXELS, signal, channels } = options;
  const where = options.where ?? (typeof input === "string" ? input : "the picture");
  const bytes = typeof input === "string" ? await readInput(input, options) : input;
  if (channels === "as-is") {
    const mask = decodeGreyPng(bytes, maxPixels);
    if (mask !== undefined && isOfSize(mask, options))
      return { picture: mask, fullWidthPx: mask.widthPx, fullHeightPx: mask.heightPx };
  }
  const header = await readHeader(bytes, where);
  checkPixelCap({ ...header, animated: false }, maxPixels, where);
  throwIfAborted(signal, where);
  const full = uprightSize(header);
  const target = options.size ?? reduced(full, options.minShortSidePx);

  const sharp = await codec();
  let pipeline = sharp(bytes, {
    failOn: header.format === "tiff" ? "warning" : "error",
    limitInputPixels: maxPixels,
    autoOrient: true,
  });
  if (target.widthPx !== full.widthPx || target.heightPx !== full.heightPx)
    pipeline = pipeline.resize(target.widthPx, target.heightPx, { fit: "fill", kernel: "linear" });
  if (channels === "rgb" && header.hasAlpha) pipeline = pipeline.flatten({ background: MID_GREY });
  if (channels === "rgba") pipeline = pipeline.ensureAlpha();
  const grey = channels === "as-is" && !header.hasAlpha && header.space === "b-w";
  const { data, info } = await pipeline
    .toColourspace(grey ? "b-w" : "srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw damaged(header.format.toUpperCase(), where, error);
    });
  throwIfAborted(signal, where);
  return {
    picture: picture(info.width, info.height, info.channels, bytesOf(data)),
    fullWidthPx: full.widthPx,
    fullHeightPx: full.heightPx,
  };
}

function isOfSize(full: Size, { size, minShortSidePx }: ReducedOptions): boolean {
  const { widthPx, heightPx } = size ?? reduced(full, minShortSidePx);
  return widthPx === full.widthPx && heightPx === full.heightPx;
}

/** What `toNetworkRgb` shows where a picture is transparent. */
const MID_GREY = { r: 128, g: 128, b: 128 };

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** A header's size once its orientation is applied. */
export function uprightSize({ widthPx, heightPx, orientation }: ImageHeader): Size {
  return orientation >= 5 ? { widthPx: heightPx, heightPx: widthPx } : { widthPx, heightPx };
}

function reduced({ widthPx, heightPx }: Size, minShortSidePx = Infinity): Size {
  let shrink = 1;
  while (shrink < 8 && Math.min(widthPx, heightPx) / (2 * shrink) >= minShortSidePx) shrink *= 2;
  return { widthPx: Math.round(widthPx / shrink), heightPx: Math.round(heightPx / shrink) };
}
