import type { Sharp } from "sharp";
import { bytesOf, wordsOf } from "./bytes.js";
import { codec } from "./codec.js";
import { picture, type Picture, type Samples } from "./picture.js";

/** libvips's names of the spaces that our pixels are in: which one decides channels and depth of what comes out. */
export type VipsSpace = "srgb" | "rgb16" | "b-w" | "grey16";

export function vipsSpace({ channels, data }: Pick<Picture, "channels" | "data">): VipsSpace {
  const wide = data instanceof Uint16Array;
  if (channels <= 2) return wide ? "grey16" : "b-w";
  return wide ? "rgb16" : "srgb";
}

/** A pipeline that starts at a picture's samples, not copied: they must not change before it has run. */
export async function fromRaw(source: Picture, pageHeightPx?: number): Promise<Sharp> {
  const { widthPx, heightPx, channels, data } = source;
  const pages = pageHeightPx === undefined ? {} : { pageHeight: pageHeightPx };
  return (await codec())(data, {
    raw: { width: widthPx, height: heightPx, channels, ...pages },
    limitInputPixels: false,
  });
}

/** Run a pipeline to samples of 8 or 16 bits, in the channels that it ends with. */
export async function toRaw<S extends Samples>(pipeline: Sharp, space: VipsSpace): Promise<Picture<S>> {
  const wide = space === "rgb16" || space === "grey16";
  const { data, info } = await pipeline
    .toColourspace(space)
    .raw({ depth: wide ? "ushort" : "uchar" })
    .toBuffer({ resolveWithObject: true });
  return picture(info.width, info.height, info.channels, (wide ? wordsOf(data) : bytesOf(data)) as S);
}
