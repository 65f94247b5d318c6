import type { AvailableFormatInfo } from "sharp";
import { MattelierError, unknownName } from "../util/index.js";
import { codec } from "./codec.js";

export type OutputFormat = "png" | "webp" | "avif" | "tiff" | "jpeg" | "gif";

export interface FormatAbilities {
  /** File name extensions, the usual one first, with the dot. */
  readonly extensions: readonly string[];
  readonly mediaType: string;
  readonly alpha: boolean;
  readonly animation: boolean;
  /** Most bits a sample that are written. */
  readonly bits: 8 | 12 | 16;
  /** Whether one grey channel stays one; the others store grey as RGB. */
  readonly grey: boolean;
  /** Whether an ICC profile can be carried; pixels are converted to sRGB where not. */
  readonly profile: boolean;
  /** Longest side. */
  readonly maxSidePx: number;
}

export const OUTPUT_FORMATS: { readonly [F in OutputFormat]: FormatAbilities } = {
  png: {
    extensions: [".png"],
    mediaType: "image/png",
    alpha: true,
    animation: false,
    bits: 16,
    grey: true,
    profile: true,
    maxSidePx: 2 ** 31 - 1,
  },
  webp: {
    extensions: [".webp"],
    mediaType: "image/webp",
    alpha: true,
    animation: true,
    bits: 8,
    grey: false,
    profile: true,
    maxSidePx: 16383,
  },
  avif: {
    extensions: [".avif"],
    mediaType: "image/avif",
    alpha: true,
    animation: false,
    bits: 12,
    grey: false,
    profile: true,
    maxSidePx: 16384,
  },
  tiff: {
    extensions: [".tiff", ".tif"],
    mediaType: "image/tiff",
    alpha: true,
    animation: false,
    bits: 16,
    grey: true,
    profile: true,
    maxSidePx: 2 ** 31 - 1,
  },
  jpeg: {
    extensions: [".jpg", ".jpeg", ".jpe", ".jfif"],
    mediaType: "image/jpeg",
    alpha: false,
    animation: false,
    bits: 8,
    grey: true,
    profile: true,
    maxSidePx: 65535,
  },
  gif: {
    extensions: [".gif"],
    mediaType: "image/gif",
    alpha: true,
    animation: true,
    bits: 8,
    grey: false,
    profile: false,
    maxSidePx: 65535,
  },
};

const FORMATS = Object.keys(OUTPUT_FORMATS) as OutputFormat[];

/**
 * The output format that a name ("jpg", "PNG", ".tif") means.
 * @throws MattelierError `unknown-name`, with the nearest
 */
export function outputFormat(name: string): OutputFormat {
  const bare = name.toLowerCase().replace(/^\./, "");
  const found = FORMATS.find((f) => f === bare || OUTPUT_FORMATS[f].extensions.includes(`.${bare}`));
  if (found === undefined) throw unknownName("output format", name, FORMATS);
  return found;
}

/**
 * The output format that a file's name asks for.
 * @throws MattelierError `invalid-argument` when it has no extension, `unknown-name` when it is another one
 */
export function outputFormatOfPath(path: string): OutputFormat {
  const extension = /\.[^./\\]+$/.exec(path)?.[0];
  if (extension !== undefined) return outputFormat(extension);
  throw new MattelierError({
    code: "invalid-argument",
    where: path,
    expected: `a name that ends in one of ${FORMATS.map((f) => OUTPUT_FORMATS[f].extensions[0]).join(", ")}`,
    got: "a name without an extension",
    fix: "add the extension, or name the format",
  });
}

export interface InputFormat {
  /** "jpeg", "png", "webp", "avif", "tiff", "gif", "svg": what `DecodedImage.format` says. */
  readonly name: string;
  /** With the dot, in lower case. */
  readonly extensions: readonly string[];
  /** Whether `decodeImage` takes it unasked; SVG has to be accepted by name. */
  readonly byDefault: boolean;
}

/** What the installed libvips reads from memory. HEIC, JPEG XL, PDF and camera raw need other builds of it. */
export async function supportedInputs(): Promise<InputFormat[]> {
  const sharp = await codec();
  const known = Object.values(sharp.format) as AvailableFormatInfo[];
  return known
    .filter(({ id, input }) => input.buffer && id !== "raw")
    .map(({ id, input }) => ({
      name: formatName(id),
      extensions: [...(input.fileSuffix ?? [])],
      byDefault: id !== "svg",
    }));
}

/** libvips files AVIF under HEIF, whose other codec (HEVC) the usual builds do not have. */
export function formatName(vipsName: string): string {
  return vipsName === "heif" ? "avif" : vipsName;
}
