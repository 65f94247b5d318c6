import type { Plane, Rectangle } from "./plane.js";

/**
 * Which input samples make one output sample along an axis, and how much of each:
 * `out[i] = Σ_k weights[i·count + k] · in[index[i·count + k]]`.
 */
export interface AxisTaps {
  readonly count: number;
  readonly index: Int32Array;
  readonly weights: Float32Array;
}

/** `nearest` 1 sample, `linear` 2, `cubic` 4 (Catmull–Rom, a = −0.5), `lanczos3` 6, `area` the mean of what is covered. */
export type KernelName = "nearest" | "linear" | "cubic" | "lanczos3" | "area";

/** A weight by distance, in input samples; nothing beyond `support`. */
interface Kernel {
  readonly support: number;
  readonly at: (distance: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const cubic = (x: number): number =>
  x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;

function kernelOf(name: KernelName, widen: number, scale: number): Kernel {
  switch (name) {
    case "nearest":
      return { support: 0.5, at: () => 1 };
    case "linear":
      return { support: widen, at: (x) => Math.max(0, 1 - Math.abs(x) / widen) };
    case "cubic":
      return { support: 2 * widen, at: (x) => cubic(Math.abs(x) / widen) };
    case "lanczos3":
      return {
        support: 3 * widen,
        at: (x) => (Math.abs(x) < 3 * widen ? sinc(x / widen) * sinc(x / widen / 3) : 0),
      };
    case "area": // the part of the input sample's unit interval that the output sample's covers
      return {
        support: (scale + 1) / 2,
        at: (x) => Math.max(0, Math.min(x + 0.5, scale / 2) - Math.max(x - 0.5, -scale / 2)),
      };
  }
}

/** Where the samples of one axis lie in another: sample `i` of `outPx` at `scale · i + offset` of the input. */
export interface AxisMap {
  readonly outPx: number;
  readonly scale: number;
  readonly offset: number;
  /** The first and the last input sample that may be read; the nearest of them stands for any beyond. */
  readonly first: number;
  readonly last: number;
}

/** Where the pixels of a picture lie on the grid of a matte. */
export interface MatteGrid {
  readonly x: AxisMap;
  readonly y: AxisMap;
}

/** Stretch `inPx` samples over `outPx`, pixel centres aligned: sample i stands for the interval [i, i + 1). */
export function stretched(inPx: number, outPx: number): AxisMap {
  const scale = inPx / outPx;
  return { outPx, scale, offset: (scale - 1) / 2, first: 0, last: inPx - 1 };
}

/**
 * The taps of an axis.
 * @param antialias whether the kernel widens when it shrinks, so that every input sample counts
 */
export function axisTaps(map: AxisMap, kernel: KernelName, antialias = true): AxisTaps {
  const { outPx, scale, offset, first: lowest, last: highest } = map;
  const { support, at } = kernelOf(kernel, antialias ? Math.max(1, scale) : 1, scale);
  const count = Math.max(1, Math.ceil(2 * support - 1e-9));
  const index = new Int32Array(outPx * count);
  const weights = new Float32Array(outPx * count);
  for (let i = 0; i < outPx; i++) {
    const centre = scale * i + offset;
    const first = Math.ceil(centre - support);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = at(first + k - centre);
      weights[i * count + k] = weight;
      sum += weight;
      index[i * count + k] = Math.min(highest, Math.max(lowest, first + k));
    }
    for (let k = 0; k < count; k++) weights[i * count + k]! /= sum;
  }
  return { count, index, weights };
}

/** Taps of both axes: how every pixel of a large picture is made of a small plane. */
export interface Resampling {
  readonly x: AxisTaps;
  readonly y: AxisTaps;
}

/** The smallest rectangle of the small plane that the large plane's `tile` is made of. */
export function sourceOf({ x, y }: Resampling, tile: Rectangle): Rectangle {
  const left = x.index[tile.x * x.count]!;
  const top = y.index[tile.y * y.count]!;
  const right = x.index[(tile.x + tile.width) * x.count - 1]!;
  const bottom = y.index[(tile.y + tile.height) * y.count - 1]!;
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Resample one tile of the large plane.
 *
 * @param out `tile.width · tile.height` numbers, tightly packed
 */
export function resampleTile(small: Plane, taps: Resampling, tile: Rectangle, out: Float32Array): void {
  const { x: across, y: down } = taps;
  const source = sourceOf(taps, tile);
  const { width, height } = tile;
  const rows = new Float32Array(source.height * width);
  const { data } = small;

  for (let row = 0; row < source.height; row++) {
    const from = (source.y + row) * small.widthPx;
    const to = row * width;
    let tap = tile.x * across.count;
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let k = 0; k < across.count; k++, tap++) {
        sum += across.weights[tap]! * data[from + across.index[tap]!]!;
      }
      rows[to + i] = sum;
    }
  }
  for (let j = 0; j < height; j++) {
    const to = j * width;
    const tap = (tile.y + j) * down.count;
    for (let k = 0; k < down.count; k++) {
      const weight = down.weights[tap + k]!;
      const from = (down.index[tap + k]! - source.y) * width;
      if (k === 0) for (let i = 0; i < width; i++) out[to + i] = weight * rows[from + i]!;
      else for (let i = 0; i < width; i++) out[to + i]! += weight * rows[from + i]!;
    }
  }
}

/** Resample a whole plane, antialiased. */
export function resample(plane: Plane, x: AxisMap, y: AxisMap, kernel: KernelName): Plane {
  const out = { widthPx: x.outPx, heightPx: y.outPx, data: new Float32Array(x.outPx * y.outPx) };
  const taps = { x: axisTaps(x, kernel), y: axisTaps(y, kernel) };
  resampleTile(plane, taps, { x: 0, y: 0, width: x.outPx, height: y.outPx }, out.data);
  return out;
}

/** Stretch a whole plane to a size, antialiased. */
export function stretch(plane: Plane, widthPx: number, heightPx: number, kernel: KernelName): Plane {
  return resample(plane, stretched(plane.widthPx, widthPx), stretched(plane.heightPx, heightPx), kernel);
}
