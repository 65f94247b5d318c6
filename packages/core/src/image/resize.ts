import type { FitEnum, KernelEnum } from "sharp";
import { toGreyChannels, toRgbChannels } from "./blend.js";
import { toSrgb } from "./convert.js";
import { hasAlpha, type ColourProfile, type Picture, type Samples } from "./picture.js";
import { fromRaw, toRaw, vipsSpace } from "./raw.js";

/** libvips's kernels. They widen by the factor when a picture shrinks, so that nothing aliases. */
export type Kernel = keyof KernelEnum;

export interface ResizeOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  /** "lanczos3" by default. */
  readonly kernel?: Kernel;
  /** "fill" stretches (the default), "cover" keeps the proportions and crops at the centre. */
  readonly fit?: Extract<keyof FitEnum, "fill" | "cover">;
}

/** Scale a picture: same channels, same depth. Colours weigh by their alpha, so that hidden ones do not bleed. */
export async function resizePicture<S extends Samples>(
  source: Picture<S>,
  options: ResizeOptions,
): Promise<Picture<S>> {
  const { widthPx, heightPx, kernel = "lanczos3", fit = "fill" } = options;
  if (widthPx === source.widthPx && heightPx === source.heightPx) return source;
  // libvips drops alpha from raw 8-bit grey.
  if (source.channels === 2) return toGreyChannels(await resizePicture(toRgbChannels(source), options));
  const pipeline = await fromRaw(source);
  return toRaw<S>(pipeline.resize(widthPx, heightPx, { kernel, fit }), vipsSpace(source));
}

export interface NetworkRgbOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  /** "linear" by default: the antialiased bilinear of Pillow and of torchvision. */
  readonly kernel?: Kernel;
  /** What shows through where the picture is transparent, 0 to 255 of grey; 128 by default. */
  readonly transparentAs?: number;
}

/**
 * What a network looks at: the picture stretched to w×h, in sRGB whatever its profile, 8 bits, 3 channels.
 * Conversion comes after scaling, on the few pixels that are left.
 */
export async function toNetworkRgb(
  source: Picture,
  colour: ColourProfile,
  options: NetworkRgbOptions,
): Promise<Picture<Uint8Array>> {
  const { widthPx, heightPx, kernel = "linear", transparentAs: level = 128 } = options;
  let pipeline = await fromRaw(source);
  if (hasAlpha(source)) pipeline = pipeline.flatten({ background: { r: level, g: level, b: level } });
  pipeline = pipeline.resize(widthPx, heightPx, { kernel, fit: "fill" });
  if (colour.icc === undefined) return toRaw(pipeline, "srgb");
  return toSrgb(await toRaw<Uint8Array>(pipeline, colour.space === "grey" ? "b-w" : "srgb"), colour);
}
