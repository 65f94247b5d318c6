import { picture, type Picture } from "../image/index.js";
import type { LabelledImage } from "./labelled-image.js";

export interface SheetOptions {
  /** Samples side by side; each takes three tiles: picture, matte, overlay. */
  readonly columns: number;
}

const GAP_PX = 6;
const GROUND = 32;
/** Of the overlay: the subject as it is, the background in this colour at half strength. */
const VEIL = [255, 0, 96] as const;

/** Samples of one size on one sheet: the picture, its matte in grey, and the background veiled in colour. */
export function contactSheet(
  samples: readonly LabelledImage[],
  { columns }: SheetOptions,
): Picture<Uint8Array> {
  const { widthPx: w, heightPx: h } = samples[0]!;
  const across = Math.min(columns, samples.length);
  const rows = Math.ceil(samples.length / across);
  const width = across * (3 * w + 2) + (across + 1) * GAP_PX;
  const height = rows * h + (rows + 1) * GAP_PX;
  const sheet = new Uint8Array(3 * width * height).fill(GROUND);
  for (const [i, sample] of samples.entries()) {
    const left = GAP_PX + (i % across) * (3 * w + 2 + GAP_PX);
    const top = GAP_PX + Math.floor(i / across) * (h + GAP_PX);
    for (const [k, tile] of [sample.rgbU8, matteTile(sample), overlayTile(sample)].entries())
      for (let y = 0; y < h; y++)
        sheet.set(tile.subarray(3 * y * w, 3 * (y + 1) * w), 3 * ((top + y) * width + left + k * (w + 1)));
  }
  return picture(width, height, 3, sheet);
}

function matteTile({ alphaU8, rgbU8 }: LabelledImage): Uint8Array {
  return rgbU8.map((_, i) => alphaU8?.[Math.floor(i / 3)] ?? GROUND);
}

function overlayTile({ alphaU8, rgbU8 }: LabelledImage): Uint8Array {
  return rgbU8.map((value, i) => {
    const veil = alphaU8 === undefined ? 0 : (255 - alphaU8[Math.floor(i / 3)]!) / 510;
    return value + veil * (VEIL[i % 3]! - value) + 0.5;
  });
}
