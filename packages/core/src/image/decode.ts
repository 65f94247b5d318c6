import { MattelierError, throwIfAborted } from "../util/index.js";
import { toGreyChannels } from "./blend.js";
import { bytesOf, wordsOf } from "./bytes.js";
import { codec } from "./codec.js";
import { gifEnd } from "./gif-end.js";
import { checkPixelCap, readHeader, type ImageHeader } from "./header.js";
import { readIccHeader } from "./icc.js";
import { orientPicture } from "./orient.js";
import { picture, SRGB, SRGB_GREY, type ColourProfile } from "./picture.js";
import type { DecodedImage, Frame, Samples } from "./picture.js";
import type { VipsSpace } from "./raw.js";
import { readInput } from "./read-input.js";
import { damaged } from "./refusals.js";

export interface DecodeOptions {
  /** Cap on pixels over all frames, enforced on the header before pixels are decoded; 100 million by default. */
  readonly maxPixels?: number;
  /** Cap on the file's bytes; 1 GiB by default. */
  readonly maxBytes?: number;
  /** Formats to accept, by name. By default all that are built in but "svg", which is for trusted files only. */
  readonly formats?: readonly string[];
  /** What errors call the picture; the path, or "the picture", by default. */
  readonly where?: string;
  readonly signal?: AbortSignal;
}

export const DEFAULT_MAX_PIXELS = 100e6;

/**
 * Read a picture or an animation from a path or from bytes, upright, in its own colour space, with every bit
 * that fits 8 or 16 (the README of this folder has the table).
 *
 * @throws MattelierError `not-found`, `unreadable`; `invalid-image` (no picture, damaged, cut short);
 *   `too-large` (before pixels are decoded); `unsupported` (a codec or sample type); `aborted`
 */
export async function decodeImage(
  input: string | Uint8Array,
  options: DecodeOptions = {},
): Promise<DecodedImage> {
  const { maxPixels = DEFAULT_MAX_PIXELS, signal, formats } = options;
  const where = options.where ?? (typeof input === "string" ? input : "the picture");
  const bytes = typeof input === "string" ? await readInput(input, options) : input;
  throwIfAborted(signal, where);

  const header = await readHeader(bytes, where, { svg: formats?.includes("svg") === true });
  if (formats?.includes(header.format) === false) {
    throw new MattelierError({
      code: "unsupported",
      where,
      expected: `a picture of the accepted formats: ${formats.join(", ")}`,
      got: header.format,
    });
  }
  checkPixelCap(header, maxPixels, where);
  if (header.format === "gif") checkGifEnd(bytes, where);
  const plan = planDecode(header, bytes, where);
  throwIfAborted(signal, where);
  const frames = await decodePixels(bytes, header, plan, maxPixels, where);
  throwIfAborted(signal, where);
  return {
    frames,
    loop: header.animated ? header.loop : 0,
    colour: plan.colour,
    format: header.format,
    sourceSpace: plan.sourceSpace,
    sourceBits: header.bits,
    hadAlpha: header.hasAlpha,
    warnings: plan.warnings,
    ...(header.densityPpi === undefined ? {} : { densityPpi: header.densityPpi }),
  };
}

interface Plan {
  /** libvips's name of the space that pixels are asked for in. */
  readonly target: VipsSpace;
  /** Convert to sRGB by the embedded profile, for spaces that no output carries with alpha. */
  readonly convert: boolean;
  readonly sourceSpace: DecodedImage["sourceSpace"];
  readonly colour: ColourProfile;
  readonly warnings: string[];
}

function planDecode(header: ImageHeader, bytes: Uint8Array, where: string): Plan {
  const { space, depth, channels, hasAlpha, icc } = header;
  const colours = channels - (hasAlpha ? 1 : 0);
  const warnings = setAside(header, bytes);
  const converted = { convert: true, colour: SRGB, warnings } as const;
  const float = depth === "float" || depth === "double";

  if (space === "cmyk" && !float) return { ...converted, target: "srgb", sourceSpace: "cmyk" };
  if (space === "lab" || space === "labs") return { ...converted, target: "rgb16", sourceSpace: "lab" };
  if (space === "scrgb" && colours === 3) {
    warnings.push("light beyond sRGB's white was clipped: the file holds linear floats");
    return { ...converted, target: "rgb16", sourceSpace: "rgb" };
  }
  const integer = depth === "uchar" || depth === "ushort";
  const wide = depth === "ushort";
  const own = icc === undefined ? undefined : readIccHeader(icc);
  if (icc !== undefined && own === undefined) warnings.push("the colour profile is broken and was left out");
  const unconverted = { convert: false, warnings } as const;

  if (integer && colours === 1 && (space === "b-w" || space === "grey16")) {
    // Some writers tag grey pixels with the RGB profile of the camera: its numbers hold for R = G = B.
    if (icc !== undefined && own?.space === "RGB") {
      const colour: ColourProfile = { space: "rgb", name: own.name, icc };
      return { ...unconverted, target: wide ? "rgb16" : "srgb", sourceSpace: "grey", colour };
    }
    const fits = icc !== undefined && own?.space === "GRAY";
    if (own !== undefined && !fits) warnings.push(misfit(own.name, "grey"));
    const colour: ColourProfile = fits ? { space: "grey", name: own.name, icc } : SRGB_GREY;
    return { ...unconverted, target: wide ? "grey16" : "b-w", sourceSpace: "grey", colour };
  }
  if (integer && colours === 3 && (space === "srgb" || space === "rgb" || space === "rgb16")) {
    const fits = icc !== undefined && own?.space === "RGB";
    if (own !== undefined && !fits) warnings.push(misfit(own.name, "RGB"));
    const colour: ColourProfile = fits ? { space: "rgb", name: own.name, icc } : SRGB;
    return { ...unconverted, target: wide ? "rgb16" : "srgb", sourceSpace: "rgb", colour };
  }
  throw new MattelierError({
    code: "unsupported",
    where,
    expected: "grey, RGB, CMYK or Lab samples of 8 or 16 bits, with or without alpha",
    got: `${channels} channels of ${depth} samples in the space "${space}"`,
    fix: "convert the file to an 8-bit or 16-bit RGB picture",
  });
}

/** libvips decodes what there is of a GIF that is cut short, without a word. */
function checkGifEnd(bytes: Uint8Array, where: string): void {
  if (gifEnd(bytes) === "cut") throw damaged("GIF", where, "the data breaks off inside a frame");
}

function misfit(profile: string, pixels: string): string {
  return `the colour profile "${profile}" does not fit ${pixels} pixels and was left out`;
}

function setAside({ format, pages, animated }: ImageHeader, bytes: Uint8Array): string[] {
  if (pages > 1 && !animated) return [`only the main one of ${pages} pages was read`];
  if (format === "gif" && gifEnd(bytes) === "open")
    return ["the file has no end mark: it may once have held more frames"];
  if (format === "png" && isAnimatedPng(bytes)) return ["only the still picture of an animated PNG was read"];
  return [];
}

/** Whether an `acTL` chunk comes before the pixels (PNG third edition, section 11.3.6). */
function isAnimatedPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 8 <= bytes.length; at += 12 + view.getUint32(at)) {
    const kind = view.getUint32(at + 4);
    if (kind === 0x6163544c) return true; // acTL
    if (kind === 0x49444154) return false; // IDAT
  }
  return false;
}

async function decodePixels(
  bytes: Uint8Array,
  header: ImageHeader,
  { target, convert }: Plan,
  maxPixels: number,
  where: string,
): Promise<Frame[]> {
  const sharp = await codec();
  const wide = target.endsWith("16");
  // libvips drops alpha from raw 8-bit grey, so grey with alpha is read as RGB and packed below.
  const packGrey = target === "b-w" && header.hasAlpha;
  const { data, info } = await sharp(bytes, {
    failOn: failOn(header.format),
    limitInputPixels: maxPixels,
    ignoreIcc: !convert,
    // Frames stand in one tall strip, which must not be turned as a whole.
    autoOrient: !header.animated,
    ...(header.animated ? { animated: true } : {}),
  })
    .toColourspace(packGrey ? "srgb" : target)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw damaged(header.format.toUpperCase(), where, error);
    });

  const strip = picture<Samples>(
    info.width,
    info.height,
    info.channels,
    wide ? wordsOf(data) : bytesOf(data),
  );
  const { channels, data: samples } = packGrey ? toGreyChannels(strip) : strip;
  if (samples instanceof Uint16Array && header.format === "avif") fillLowBits(samples, header.bits);

  const count = header.animated ? header.pages : 1;
  const heightPx = info.height / count;
  const length = samples.length / count;
  return Array.from({ length: count }, (_, i) => {
    const still = picture(info.width, heightPx, channels, samples.subarray(i * length, (i + 1) * length));
    return {
      picture: header.animated ? orientPicture(still, header.orientation) : still,
      delayMs: header.animated ? (header.delaysMs[i] ?? header.delaysMs[0] ?? 100) : 0,
    };
  });
}

/**
 * Damage that leaves pixels unknown is refused. "warning" would also refuse what every viewer shows rightly, such as
 * JPEGs of many phones; but only "warning" stops at a tile of a TIFF that cannot be read.
 */
function failOn(format: string): "error" | "warning" {
  return format === "tiff" ? "warning" : "error";
}

/** libvips shifts 10 and 12 bits up to 16, so that white is 65472: repeat the high bits below to fill the range. */
function fillLowBits(samples: Uint16Array, bits: number): void {
  if (bits >= 16) return;
  for (let i = 0; i < samples.length; i++) samples[i] = samples[i]! | (samples[i]! >>> bits);
}
