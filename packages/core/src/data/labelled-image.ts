import { MattelierError } from "../util/index.js";

/** A training picture and its matte, the same size. */
export interface LabelledImage {
  readonly name: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** 8-bit sRGB, [H, W, 3] interleaved. */
  readonly rgbU8: Uint8Array;
  /** 8-bit matte, [H, W]; undefined for a picture without a label. */
  readonly alphaU8: Uint8Array | undefined;
}

/** @throws MattelierError `invalid-data` when the pixels do not fill the size */
export function labelledImage(image: LabelledImage): LabelledImage {
  const { name, widthPx, heightPx, rgbU8, alphaU8 } = image;
  const pixels = widthPx * heightPx;
  if (rgbU8.length !== 3 * pixels || (alphaU8 !== undefined && alphaU8.length !== pixels))
    throw new MattelierError({
      code: "invalid-data",
      where: name,
      expected: `${3 * pixels} colour samples and ${pixels} of the matte for ${widthPx}x${heightPx}`,
      got: `${rgbU8.length} and ${alphaU8?.length ?? "no matte"}`,
    });
  return image;
}
