import type { AxisMap } from "./resample.js";

/** Where each pixel of a picture lies among the cells of a coarser grid, along one axis. */
export interface PixelAxis {
  readonly map: AxisMap;
  /** The cell at or before each pixel, not clamped. */
  readonly base: Int32Array;
  /** How far the pixel is on the way from it to the next. */
  readonly fraction: Float32Array;
  /** The four Catmull–Rom weights of each pixel, for the cells from base − 1 to base + 2. */
  readonly cubic: Float32Array;
  /** The pixels at which tiles of cells begin, and the end. */
  readonly cuts: readonly number[];
}

/** @param tileCells cells of one tile */
export function pixelAxis(map: AxisMap, tileCells: number): PixelAxis {
  const { outPx, scale, offset, first } = map;
  const base = new Int32Array(outPx);
  const fraction = new Float32Array(outPx);
  const cubic = new Float32Array(outPx * 4);
  const cuts = [0];
  let tile = 0;
  for (let i = 0; i < outPx; i++) {
    const at = scale * i + offset;
    const cell = Math.floor(at);
    const t = at - cell;
    base[i] = cell;
    fraction[i] = t;
    cubic[i * 4] = ((-0.5 * t + 1) * t - 0.5) * t;
    cubic[i * 4 + 1] = (1.5 * t - 2.5) * t * t + 1;
    cubic[i * 4 + 2] = ((-1.5 * t + 2) * t + 0.5) * t;
    cubic[i * 4 + 3] = (0.5 * t - 0.5) * t * t;
    const its = Math.max(0, Math.floor((cell - first) / tileCells));
    if (its > tile) {
      cuts.push(i);
      tile = its;
    }
  }
  cuts.push(outPx);
  return { map, base, fraction, cubic, cuts };
}

/** Cells or pixels from `start` to `end − 1`. */
export interface Cells {
  readonly start: number;
  readonly end: number;
}

/** The pixels that a cell covers, and how much of the first and of the last; of those between all. */
export interface Coverage extends Cells {
  readonly first: number;
  readonly last: number;
  /** Sum of the shares, in pixels. */
  readonly total: number;
}

/**
 * The pixels that a cell covers: those under `[cell − ½, cell + ½]` of the grid, the outer two by their share. Cells
 * beyond the picture cover the pixel that is nearest.
 */
export function pixelsOf({ scale, offset, outPx }: AxisMap, cell: number): Coverage {
  const from = Math.min(outPx - 1, Math.max(0, (cell - 0.5 - offset) / scale + 0.5));
  const to = Math.min(outPx, Math.max(from, (cell + 0.5 - offset) / scale + 0.5));
  const start = Math.floor(from);
  const end = Math.max(start + 1, Math.ceil(to));
  if (end === start + 1) return { start, end, first: 1, last: 1, total: 1 };
  const first = start + 1 - from;
  const last = to - (end - 1);
  return { start, end, first, last, total: first + last + (end - start - 2) };
}
