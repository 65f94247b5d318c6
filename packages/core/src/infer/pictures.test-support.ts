import { picture, type Channels, type Picture, type Samples } from "../image/index.js";
import type { Plane } from "./plane.js";

/** A picture from a function of column and row that gives each channel in [0, 1]. */
export function paint(
  widthPx: number,
  heightPx: number,
  channels: Channels,
  colourAt: (x: number, y: number) => readonly number[],
  depth: 8 | 16 = 8,
): Picture {
  const count = widthPx * heightPx * channels;
  const data = depth === 16 ? new Uint16Array(count) : new Uint8Array(count);
  const full = depth === 16 ? 65535 : 255;
  for (let y = 0, at = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++)
      for (const value of colourAt(x, y)) data[at++] = Math.round(value * full);
  return picture(widthPx, heightPx, channels, data);
}

/** A plane of floats from a function of column and row. */
export function plane(widthPx: number, heightPx: number, at: (x: number, y: number) => number): Plane {
  const data = new Float32Array(widthPx * heightPx);
  for (let y = 0, i = 0; y < heightPx; y++) for (let x = 0; x < widthPx; x++) data[i++] = at(x, y);
  return { widthPx, heightPx, data };
}

/** An alpha of 8 or 16 bits from a function that gives it in [0, 1]. */
export function alphaPlane(
  widthPx: number,
  heightPx: number,
  at: (x: number, y: number) => number,
  depth: 8 | 16 = 8,
): Plane<Samples> {
  const { data } = paint(widthPx, heightPx, 1, (x, y) => [at(x, y)], depth);
  return { widthPx, heightPx, data };
}

/** Run a generator to its end. */
export function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** A soft disc: 1 inside, 0 outside, a ramp of `edgePx` between. */
export function disc(centreX: number, centreY: number, radius: number, edgePx: number) {
  return (x: number, y: number): number =>
    Math.min(1, Math.max(0, (radius - Math.hypot(x - centreX, y - centreY)) / edgePx + 0.5));
}
