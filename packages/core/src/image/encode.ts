import type { Sharp } from "sharp";
import { MattelierError, messageOf, throwIfAborted } from "../util/index.js";
import { bytesOf } from "./bytes.js";
import type { Colour } from "./colour.js";
import { fitFormat, joinFrames } from "./fit-format.js";
import { OUTPUT_FORMATS, type FormatAbilities, type OutputFormat } from "./formats.js";
import type { Image } from "./picture.js";
import { fromRaw, vipsSpace } from "./raw.js";
import { iccCarrier } from "./tiff.js";
import { write, type Effort } from "./writers.js";

export interface EncodeOptions {
  readonly format: OutputFormat;
  /** 1 to 100, for lossy WebP, AVIF and JPEG. The defaults are in `writers.ts`. */
  readonly quality?: number;
  /** WebP and AVIF without loss; PNG and TIFF are always so, JPEG and GIF never. */
  readonly lossless?: boolean;
  /** Time against size: "balanced" by default. */
  readonly effort?: Effort;
  /** What shows where a format has no alpha (JPEG); white by default. */
  readonly background?: Colour | string;
  /** Bits a sample in an AVIF made from 16-bit pixels: 10 by default, which every decoder reads, or 12. */
  readonly avifBits?: 10 | 12;
  /** What errors call the picture. */
  readonly where?: string;
  readonly signal?: AbortSignal;
}

/**
 * Write a picture or an animation in the colour space that it is in, with its ICC profile, no orientation tag and
 * no other metadata than density. The samples must not change before the promise settles.
 *
 * @throws MattelierError `too-large` (a side beyond the format's), `invalid-argument` (an animation in a format
 *   without them, a quality out of range), `aborted`
 */
export async function encodeImage(image: Image, options: EncodeOptions): Promise<Uint8Array> {
  const { format, signal, where = "the picture" } = options;
  const abilities = OUTPUT_FORMATS[format];
  checkEncodable(image, options, abilities, where);
  throwIfAborted(signal, where);
  const ready = await fitFormat(image, abilities, options.background);
  throwIfAborted(signal, where);
  const { frames, colour, densityPpi } = ready;
  const joined = joinFrames(frames);
  let pipeline = await fromRaw(joined.picture, frames.length > 1 ? frames[0]!.picture.heightPx : undefined);
  if (joined.alpha !== undefined) {
    // sharp's types name only Buffer here; its code takes typed arrays and needs one to see 16 bits.
    const { widthPx, heightPx } = joined.picture;
    pipeline = pipeline.joinChannel(joined.alpha as unknown as Buffer, {
      raw: { width: widthPx, height: heightPx, channels: 1 },
      limitInputPixels: false,
    });
  }
  if (colour.icc !== undefined)
    pipeline = pipeline.boolean(Buffer.from(iccCarrier(colour.icc)), "or").keepIccProfile();
  if (densityPpi !== undefined) pipeline = pipeline.withDensity(densityPpi);
  pipeline = pipeline.toColourspace(vipsSpace(joined.picture));
  const bytes = await run(write(pipeline, ready, options), where, format);
  throwIfAborted(signal, where);
  return bytes;
}

async function run(pipeline: Sharp, where: string, format: OutputFormat): Promise<Uint8Array> {
  try {
    return bytesOf(await pipeline.toBuffer());
  } catch (cause) {
    throw new MattelierError({
      code: "runtime-failed",
      where,
      expected: `the ${format} encoder to take the picture`,
      got: messageOf(cause),
      fix: "try another format",
      cause,
    });
  }
}

function checkEncodable(
  { frames }: Image,
  { format, quality }: EncodeOptions,
  { animation, maxSidePx }: FormatAbilities,
  where: string,
): void {
  if (frames.length > 1 && !animation) {
    throw new MattelierError({
      code: "invalid-argument",
      where,
      expected: "webp or gif for an animation",
      got: `${format} for ${frames.length} frames`,
      fix: "name webp or gif as the output format",
    });
  }
  if (quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new MattelierError({
      code: "invalid-argument",
      where: "quality",
      expected: "a whole number from 1 to 100",
      got: String(quality),
    });
  }
  const { widthPx, heightPx } = frames[0]?.picture ?? { widthPx: 0, heightPx: 0 };
  if (Math.max(widthPx, heightPx) > maxSidePx) {
    throw new MattelierError({
      code: "too-large",
      where,
      expected: `sides of at most ${maxSidePx} pixels in ${format}`,
      got: `${widthPx}×${heightPx}`,
      fix: "write PNG or TIFF, or scale the picture down",
    });
  }
}
