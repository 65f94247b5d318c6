import { decodeReduced, resizePicture, type Picture } from "../image/index.js";
import { MattelierError } from "../util/index.js";
import { labelledImage, type LabelledImage } from "./labelled-image.js";
import { labelsOf, opacityOf, subjectOf } from "./mask-values.js";
import type { MaskValues, Sample } from "./sample.js";

export interface ReadOptions {
  /** Decode at a half, quarter or eighth while the short side stays at least this; default never. */
  readonly minShortSidePx?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decode a sample's files: picture and matte of one size; a cut-out's colours and alpha, not yet composed.
 * @throws MattelierError `invalid-data` when a mask is of another size than its picture; what decoding throws
 */
export async function readSample(sample: Sample, options: ReadOptions = {}): Promise<LabelledImage> {
  const { name, imagePath } = sample;
  const maskPath = sample.kind === "unlabelled" ? undefined : sample.maskPath;
  const ownAlpha = sample.kind === "cutout" && maskPath === undefined;
  const { picture, fullWidthPx, fullHeightPx } = await decodeReduced(imagePath, {
    channels: ownAlpha ? "rgba" : "rgb",
    ...given(options),
  });
  const { widthPx, heightPx } = picture;
  if (ownAlpha) return labelledImage({ name, widthPx, heightPx, ...partedAlpha(picture) });
  const whole = { name, widthPx, heightPx, rgbU8: picture.data };
  if (maskPath === undefined) return labelledImage({ ...whole, alphaU8: undefined });
  const values = sample.kind === "pair" ? sample.maskValues : "matte";
  const mask = await readMask(maskPath, { values, size: picture, signal: options.signal });
  if (mask.fullWidthPx !== fullWidthPx || mask.fullHeightPx !== fullHeightPx)
    throw new MattelierError({
      code: "invalid-data",
      where: maskPath,
      expected: `a mask of its picture's size, ${fullWidthPx}x${fullHeightPx}`,
      got: `${mask.fullWidthPx}x${mask.fullHeightPx}`,
      fix: "make it anew from the same picture, or leave the pair out; `mattelier dataset check` lists all such.",
    });
  return labelledImage({ ...whole, alphaU8: mask.alphaU8 });
}

/** A photo alone, for backgrounds. */
export async function readPhoto(path: string, options: ReadOptions = {}): Promise<LabelledImage> {
  return readSample({ kind: "unlabelled", name: path, imagePath: path }, options);
}

export interface ReadMask {
  /** [H, W] */
  readonly alphaU8: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the file, before it was brought to a size. */
  readonly fullWidthPx: number;
  readonly fullHeightPx: number;
}

/** Decode a mask, at its own size or brought to another, as opacity: what it holds itself, or that of its labels. */
export async function readMask(
  path: string,
  {
    values,
    size,
    signal,
  }: {
    readonly values: MaskValues;
    readonly size?: { readonly widthPx: number; readonly heightPx: number };
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ReadMask> {
  // Labels are not to be mixed by resampling: they become opacity first.
  const sizeNow = values === "matte" && size !== undefined ? { size } : {};
  const decoded = await decodeReduced(path, { channels: "as-is", ...sizeNow, ...given({ signal }) });
  const { fullWidthPx, fullHeightPx } = decoded;
  const data = values === "matte" ? opacityOf(decoded.picture) : subjectOf(labelsOf(decoded.picture, values));
  let plane: Picture<Uint8Array> = { ...decoded.picture, channels: 1, data };
  if (values !== "matte" && size !== undefined)
    plane = await resizePicture(plane, { ...sizeOf(size), kernel: "linear" });
  return { alphaU8: plane.data, ...sizeOf(plane), fullWidthPx, fullHeightPx };
}

const sizeOf = ({ widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number }) => ({
  widthPx,
  heightPx,
});

const given = ({ minShortSidePx, signal }: ReadOptions) => ({
  ...(minShortSidePx === undefined ? {} : { minShortSidePx }),
  ...(signal === undefined ? {} : { signal }),
});

/** Colours and alpha of an RGBA picture, apart. */
export function partedAlpha({ data }: Picture<Uint8Array>): { rgbU8: Uint8Array; alphaU8: Uint8Array } {
  const alphaU8 = new Uint8Array(data.length / 4);
  const rgbU8 = new Uint8Array(3 * alphaU8.length);
  for (let p = 0, i = 0, o = 0; p < alphaU8.length; p++, i += 4) {
    rgbU8[o++] = data[i]!;
    rgbU8[o++] = data[i + 1]!;
    rgbU8[o++] = data[i + 2]!;
    alphaU8[p] = data[i + 3]!;
  }
  return { rgbU8, alphaU8 };
}
