import { hasAlpha, maxSample, picture, type Picture, type Samples } from "../image/index.js";
import { fuseColumns, fuseRow } from "./fuse.js";
import type { Layers } from "./layer-colours.js";
import type { Plane, Rectangle } from "./plane.js";

/** Rows between two yields. */
const ROWS = 64;

/**
 * Weave a picture's colours and an alpha into a cut-out of the box.
 *
 * Along the edge a pixel's colour is a mixture of both layers; with `layers` the subject's share of it is taken
 * ({@link fuseRow}). Where alpha is 0 the pixel is black: a hidden background would leak and bloat the file.
 *
 * @param alpha of the picture's size and depth
 * @returns grey and alpha, or RGB and alpha, of the box's size. A generator: it yields after every few rows.
 */
export function* cutOut(
  source: Picture,
  alpha: Plane<Samples>,
  box: Rectangle,
  layers: Layers | undefined,
): Generator<void, Picture> {
  const { widthPx, channels, data } = source;
  const colours = channels - (hasAlpha(source) ? 1 : 0);
  const wide = maxSample(source) === 65535;
  const samples = (count: number): Samples => (wide ? new Uint16Array(count) : new Uint8Array(count));
  const out = samples(box.width * box.height * (colours + 1));
  const line = samples(box.width * colours);
  const columns = layers && fuseColumns(layers, box.x, box.width);
  for (let row = 0, o = 0; row < box.height; row++) {
    const y = box.y + row;
    const start = y * widthPx + box.x;
    const lineAlpha = alpha.data.subarray(start, start + box.width);
    copyColours(data, start * channels, channels, line, colours);
    if (layers !== undefined) fuseRow(line, lineAlpha, y, layers, columns!);
    for (let x = 0, i = 0; x < box.width; x++) {
      const a = lineAlpha[x]!;
      if (a === 0) {
        i += colours;
        o += colours + 1;
        continue;
      }
      for (let c = 0; c < colours; c++) out[o++] = line[i++]!;
      out[o++] = a;
    }
    if (row % ROWS === ROWS - 1) yield;
  }
  return picture(box.width, box.height, colours === 1 ? 2 : 4, out);
}

/** The colours of a row of pixels, without their alpha. */
function copyColours(from: Samples, start: number, step: number, to: Samples, colours: number): void {
  if (step === colours) {
    to.set(from.subarray(start, start + to.length));
    return;
  }
  for (let i = start, o = 0; o < to.length; i += step)
    for (let c = 0; c < colours; c++) to[o++] = from[i + c]!;
}
