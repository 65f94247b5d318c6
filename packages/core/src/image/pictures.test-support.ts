import { createRng } from "../util/index.js";
import { picture, type Channels, type Picture } from "./picture.js";

/** Smooth ramps with noise on them: every channel differs, every row and column differs. */
export function chart8(widthPx: number, heightPx: number, channels: Channels, seed = 1): Picture<Uint8Array> {
  return picture(
    widthPx,
    heightPx,
    channels,
    Uint8Array.from(samples(widthPx, heightPx, channels, seed), (v) => v * 255),
  );
}

/** The same in 16 bits, low bits in use. */
export function chart16(
  widthPx: number,
  heightPx: number,
  channels: Channels,
  seed = 1,
): Picture<Uint16Array> {
  return picture(
    widthPx,
    heightPx,
    channels,
    Uint16Array.from(samples(widthPx, heightPx, channels, seed), (v) => v * 65535),
  );
}

function samples(widthPx: number, heightPx: number, channels: number, seed: number): Float64Array {
  const rng = createRng(seed);
  return Float64Array.from({ length: widthPx * heightPx * channels }, (_, i) => {
    const c = i % channels;
    const x = Math.floor(i / channels) % widthPx;
    const y = Math.floor(i / channels / widthPx);
    const ramp = (x / widthPx + (c + 1) * (y / heightPx) + c / 3) % 1;
    return Math.min(1, Math.max(0, ramp + 0.05 * (rng.uniform() - 0.5)));
  });
}

/** Alpha that takes every value: 0 at the left, full at the right. */
export function rampAlpha8(widthPx: number, heightPx: number): Uint8Array {
  return Uint8Array.from({ length: widthPx * heightPx }, (_, i) =>
    Math.round(((i % widthPx) / (widthPx - 1)) * 255),
  );
}

/** The largest difference between two arrays of the same length. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i]! - b[i]!));
  return max;
}
