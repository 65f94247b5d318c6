import type { LabelledImage } from "../labelled-image.js";
import { apply, type Homography } from "./homography.js";
import { isStretch, stretch } from "./stretch.js";

/** Offsets in source pixels on a coarse grid over the result, bilinearly spread between its points. */
export interface Displacement {
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns, 2]: x and y. */
  readonly offsetsPx: Float32Array;
}

export interface Warp {
  readonly widthPx: number;
  readonly heightPx: number;
  /** From a point of the result to the source. */
  readonly backward: Homography;
  readonly displacement?: Displacement | undefined;
  /** Colour of what lies outside the source; its matte is 0. `edge` repeats the border, of the matte too. */
  readonly outside: "edge" | readonly [r: number, g: number, b: number];
}

/**
 * Resample picture and matte by one backward map, bilinearly. Shrinking by two or more first halves the source by
 * means of 2x2, as often as needed, so that nothing is skipped.
 */
export function warp(image: LabelledImage, w: Warp): LabelledImage {
  const [x0, y0] = apply(w.backward, w.widthPx / 2, w.heightPx / 2);
  const [x1, y1] = apply(w.backward, w.widthPx / 2 + 1, w.heightPx / 2);
  const [x2, y2] = apply(w.backward, w.widthPx / 2, w.heightPx / 2 + 1);
  const step = Math.min(Math.hypot(x1 - x0, y1 - y0), Math.hypot(x2 - x0, y2 - y0));
  let source = image;
  let shrink = 1;
  while (step / shrink >= 2 && source.widthPx > 1 && source.heightPx > 1) {
    source = halve(source);
    shrink *= 2;
  }
  if (w.outside === "edge" && w.displacement === undefined && isStretch(w.backward))
    return stretch(source, { widthPx: w.widthPx, heightPx: w.heightPx }, { backward: w.backward, shrink });
  return sample(source, w, shrink);
}

/** Half the size by means of 2x2 pixels; an odd last row or column is dropped. */
export function halve(image: LabelledImage): LabelledImage {
  const { rgbU8, alphaU8, widthPx, heightPx } = image;
  const [width, height] = [widthPx >> 1, heightPx >> 1];
  const shrink = (from: Uint8Array, channels: number): Uint8Array => {
    const to = new Uint8Array(width * height * channels);
    const stride = widthPx * channels;
    for (let y = 0, o = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = 2 * y * stride + 2 * x * channels;
        for (let c = 0; c < channels; c++, o++)
          to[o] =
            (from[i + c]! +
              from[i + channels + c]! +
              from[i + stride + c]! +
              from[i + stride + channels + c]! +
              2) >>
            2;
      }
    }
    return to;
  };
  return {
    name: image.name,
    widthPx: width,
    heightPx: height,
    rgbU8: shrink(rgbU8, 3),
    alphaU8: alphaU8 && shrink(alphaU8, 1),
  };
}

function sample(source: LabelledImage, w: Warp, shrink: number): LabelledImage {
  const { widthPx: sw, heightPx: sh, rgbU8: from, alphaU8: fromAlpha } = source;
  const rgbU8 = new Uint8Array(w.widthPx * w.heightPx * 3);
  const alphaU8 = fromAlpha && new Uint8Array(w.widthPx * w.heightPx);
  const h = w.backward;
  const edge = w.outside === "edge";
  const [fillR, fillG, fillB] = w.outside === "edge" ? [0, 0, 0] : w.outside;
  const offsets = w.displacement && new Float32Array(2 * w.widthPx);
  for (let y = 0, o = 0; y < w.heightPx; y++) {
    if (offsets !== undefined) offsetsOfRow(w.displacement!, w, y, offsets);
    for (let x = 0; x < w.widthPx; x++, o++) {
      const px = x + 0.5;
      const py = y + 0.5;
      const depth = h[6] * px + h[7] * py + h[8];
      let sx = (h[0] * px + h[1] * py + h[2]) / depth;
      let sy = (h[3] * px + h[4] * py + h[5]) / depth;
      if (offsets !== undefined) {
        sx += offsets[2 * x]!;
        sy += offsets[2 * x + 1]!;
      }
      sx = sx / shrink - 0.5;
      sy = sy / shrink - 0.5;
      if (!edge && !(sx > -1 && sy > -1 && sx < sw && sy < sh)) {
        rgbU8[3 * o] = fillR;
        rgbU8[3 * o + 1] = fillG;
        rgbU8[3 * o + 2] = fillB;
        continue;
      }
      const fx = Math.min(Math.max(sx, 0), sw - 1);
      const fy = Math.min(Math.max(sy, 0), sh - 1);
      const ix = fx | 0;
      const iy = fy | 0;
      const tx = fx - ix;
      const ty = fy - iy;
      const right = ix + 1 < sw ? 1 : 0;
      const p00 = iy * sw + ix;
      const p10 = iy + 1 < sh ? p00 + sw : p00;
      const w00 = (1 - tx) * (1 - ty);
      const w01 = tx * (1 - ty);
      const w10 = (1 - tx) * ty;
      const w11 = tx * ty;
      for (let c = 0; c < 3; c++)
        rgbU8[3 * o + c] =
          from[3 * p00 + c]! * w00 +
          from[3 * (p00 + right) + c]! * w01 +
          from[3 * p10 + c]! * w10 +
          from[3 * (p10 + right) + c]! * w11 +
          0.5;
      if (fromAlpha !== undefined)
        alphaU8![o] =
          fromAlpha[p00]! * w00 +
          fromAlpha[p00 + right]! * w01 +
          fromAlpha[p10]! * w10 +
          fromAlpha[p10 + right]! * w11 +
          0.5;
    }
  }
  return { name: source.name, widthPx: w.widthPx, heightPx: w.heightPx, rgbU8, alphaU8 };
}

/** The offsets of one row of the result: two rows of the grid mixed, then spread between its columns. */
function offsetsOfRow(d: Displacement, w: Warp, y: number, to: Float32Array): void {
  const gy = ((y + 0.5) / w.heightPx) * (d.rows - 1);
  const row = Math.min(Math.floor(gy), d.rows - 2);
  const ty = gy - row;
  const upper = 2 * row * d.columns;
  const mixed = Float32Array.from({ length: 2 * d.columns }, (_, i) => {
    const [a, b] = [d.offsetsPx[upper + i]!, d.offsetsPx[upper + 2 * d.columns + i]!];
    return a + (b - a) * ty;
  });
  for (let x = 0; x < w.widthPx; x++) {
    const gx = ((x + 0.5) / w.widthPx) * (d.columns - 1);
    const column = Math.min(Math.floor(gx), d.columns - 2);
    const tx = gx - column;
    const i = 2 * column;
    to[2 * x] = mixed[i]! + (mixed[i + 2]! - mixed[i]!) * tx;
    to[2 * x + 1] = mixed[i + 1]! + (mixed[i + 3]! - mixed[i + 1]!) * tx;
  }
}
