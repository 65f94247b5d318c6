import { picture, type Picture } from "../image/index.js";
import type { LabelledImage } from "./labelled-image.js";

export interface SheetOptions {
  /** Samples side by side; each takes three tiles: picture, matte, overlay; or four with a trimap. */
  readonly columns: number;
  /** Each sample's trimap: 0, 128 or 255, [H, W]; undefined for one without a matte. None by default. */
  readonly trimaps?: readonly (Uint8Array | undefined)[] | undefined;
}

const GAP_PX = 6;
const GROUND = 32;
/** Of the overlay: the subject as it is, the background in this colour at half strength. */
const VEIL = [255, 0, 96] as const;

/** Samples of one size on one sheet: the picture, its matte in grey, the background veiled in colour, its trimap in grey. */
export function contactSheet(
  samples: readonly LabelledImage[],
  { columns, trimaps }: SheetOptions,
): Picture<Uint8Array> {
  const { widthPx: w, heightPx: h } = samples[0]!;
  const across = Math.min(columns, samples.length);
  const rows = Math.ceil(samples.length / across);
  const tiles = trimaps === undefined ? 3 : 4;
  const sampleWidth = tiles * (w + 1) - 1;
  const width = across * sampleWidth + (across + 1) * GAP_PX;
  const height = rows * h + (rows + 1) * GAP_PX;
  const sheet = new Uint8Array(3 * width * height).fill(GROUND);
  for (const [i, sample] of samples.entries()) {
    const left = GAP_PX + (i % across) * (sampleWidth + GAP_PX);
    const top = GAP_PX + Math.floor(i / across) * (h + GAP_PX);
    const shown = [sample.rgbU8, greyTile(sample.alphaU8, sample), overlayTile(sample)];
    if (trimaps !== undefined) shown.push(greyTile(trimaps[i], sample));
    for (const [k, tile] of shown.entries())
      for (let y = 0; y < h; y++)
        sheet.set(tile.subarray(3 * y * w, 3 * (y + 1) * w), 3 * ((top + y) * width + left + k * (w + 1)));
  }
  return picture(width, height, 3, sheet);
}

function greyTile(plane: Uint8Array | undefined, { rgbU8 }: LabelledImage): Uint8Array {
  return rgbU8.map((_, i) => plane?.[Math.floor(i / 3)] ?? GROUND);
}

function overlayTile({ alphaU8, rgbU8 }: LabelledImage): Uint8Array {
  return rgbU8.map((value, i) => {
    const veil = alphaU8 === undefined ? 0 : (255 - alphaU8[Math.floor(i / 3)]!) / 510;
    return value + veil * (VEIL[i % 3]! - value) + 0.5;
  });
}
