import type { Metadata } from "sharp";
import { MattelierError } from "../util/index.js";
import { codec } from "./codec.js";
import { formatName } from "./formats.js";
import { damaged, invalidImage, megapixels } from "./refusals.js";

/** What a file says of itself before any pixel is decoded. */
export interface ImageHeader {
  readonly format: string;
  /** As stored: before the orientation is applied. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** EXIF orientation, 1 to 8. */
  readonly orientation: number;
  /** Frames of an animation; pages of a TIFF, of which only the first is a picture to us. */
  readonly pages: number;
  readonly animated: boolean;
  /** libvips's word for the colour model: "srgb", "rgb16", "b-w", "grey16", "cmyk", "lab", "scrgb" ... */
  readonly space: string;
  readonly channels: number;
  /** libvips's word for the type of a sample: "uchar", "ushort", "float" ... */
  readonly depth: string;
  readonly bits: number;
  readonly hasAlpha: boolean;
  readonly icc?: Uint8Array;
  readonly densityPpi?: number;
  readonly delaysMs: readonly number[];
  readonly loop: number;
}

export interface HeaderOptions {
  /** Whether SVG is parsed at all; not by default: 3 KB of it can keep a core busy for minutes. */
  readonly svg?: boolean;
}

/**
 * Read a picture's header.
 * @throws MattelierError `invalid-image` when it is none, `unsupported` when the codec is not built in
 */
export async function readHeader(
  bytes: Uint8Array,
  where: string,
  { svg = false }: HeaderOptions = {},
): Promise<ImageHeader> {
  if (bytes.length === 0) {
    throw invalidImage(where, { expected: "a picture", got: "an empty file", fix: "get the file again" });
  }
  // Before libvips sees it: its parser alone can take long, where a size must be worked out from the content.
  if (!svg && recognise(bytes) === undefined && mightBeSvg(bytes)) throw svgRefused(where);
  let meta: Metadata;
  try {
    meta = await (await codec())(bytes, { limitInputPixels: false, limitInputChannels: false }).metadata();
  } catch (error) {
    throw unreadableHeader(bytes, where, error);
  }
  if (!svg && meta.format === "svg") throw svgRefused(where);
  if (meta.format === "heif" && meta.compression !== "av1") throw heic(where);
  const pages = meta.pages ?? 1;
  return {
    format: formatName(meta.format),
    widthPx: meta.width,
    heightPx: meta.height,
    orientation: meta.orientation ?? 1,
    pages,
    animated: pages > 1 && (meta.format === "gif" || meta.format === "webp"),
    space: meta.space,
    channels: meta.channels,
    depth: meta.depth,
    bits: meta.depth === "uchar" ? 8 : (meta.bitsPerSample ?? (meta.depth === "ushort" ? 16 : 32)),
    hasAlpha: meta.hasAlpha,
    ...(meta.icc === undefined ? {} : { icc: Uint8Array.from(meta.icc) }),
    ...(meta.density === undefined ? {} : { densityPpi: meta.density }),
    delaysMs: meta.delay ?? [],
    loop: meta.loop ?? 0,
  };
}

/**
 * Refuse what would decode to more pixels than allowed, counted over all frames of an animation.
 * @throws MattelierError `too-large`
 */
export function checkPixelCap(header: ImageHeader, maxPixels: number, where: string): void {
  const { widthPx, heightPx, animated, pages } = header;
  const frames = animated ? pages : 1;
  const pixels = widthPx * heightPx * frames;
  if (pixels <= maxPixels) return;
  throw new MattelierError({
    code: "too-large",
    where,
    expected: `at most ${megapixels(maxPixels)}${animated ? " over all frames" : ""}`,
    got: `${widthPx}×${heightPx}${animated ? ` in ${frames} frames` : ""}, ${megapixels(pixels)}`,
    fix: "raise the cap (--max-megapixels, maxPixels) if the file is trusted and memory suffices, or scale it down",
  });
}

function unreadableHeader(bytes: Uint8Array, where: string, error: unknown): MattelierError {
  if (isHeic(bytes)) return heic(where);
  const kind = recognise(bytes);
  if (kind !== undefined) return damaged(kind, where, error);
  return invalidImage(where, {
    expected: "a picture (JPEG, PNG, WebP, AVIF, TIFF or GIF)",
    got: looksLikeText(bytes) ? "text" : "bytes of no picture format that is known",
    fix: "the name's ending does not make a file a picture: check what wrote it",
    cause: error,
  });
}

function svgRefused(where: string): MattelierError {
  return new MattelierError({
    code: "unsupported",
    where,
    expected: "pixels",
    got: "an SVG or compressed file, which is not opened unless it is trusted",
    fix: "render it to PNG first, or accept the format svg by name",
  });
}

/** What libvips would look into: text with an <svg in its first 1000 bytes, or gzip. */
function mightBeSvg(bytes: Uint8Array): boolean {
  const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return gzip || /<svg/i.test(String.fromCharCode(...bytes.subarray(0, 1024)));
}

function heic(where: string): MattelierError {
  return new MattelierError({
    code: "unsupported",
    where,
    expected: "a codec that the installed libvips has",
    got: "HEIC (HEVC), which it leaves out for its patents",
    fix: "convert the file to JPEG, PNG or AVIF, or install sharp over a libvips built with libde265",
  });
}

const MAGIC: readonly (readonly [kind: string, at: number, bytes: readonly number[]])[] = [
  ["JPEG", 0, [0xff, 0xd8, 0xff]],
  ["PNG", 0, [0x89, 0x50, 0x4e, 0x47]],
  ["GIF", 0, [0x47, 0x49, 0x46, 0x38]],
  ["WebP", 8, [0x57, 0x45, 0x42, 0x50]],
  ["TIFF", 0, [0x49, 0x49, 0x2a, 0x00]],
  ["TIFF", 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ["TIFF", 0, [0x49, 0x49, 0x2b, 0x00]],
  ["TIFF", 0, [0x4d, 0x4d, 0x00, 0x2b]],
  ["AVIF", 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69]],
];

function recognise(bytes: Uint8Array): string | undefined {
  return MAGIC.find(([, at, magic]) => magic.every((byte, i) => bytes[at + i] === byte))?.[0];
}

function isHeic(bytes: Uint8Array): boolean {
  const brand = String.fromCharCode(...bytes.subarray(4, 12));
  return /^ftyp(hei[cxms]|hev[cxms])/.test(brand);
}

function looksLikeText(bytes: Uint8Array): boolean {
  try {
    const start = new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, 512), { stream: true });
    return start !== "" && !/[\x00-\x08\x0e-\x1f]/.test(start);
  } catch {
    return false; // not UTF-8
  }
}
