import type { Picture, Samples } from "../image/picture.js";
import type { Plane, Rectangle } from "./plane.js";

/** The subject's red, green, blue (or grey thrice) and weight, then the same of what is behind. */
export const SUMS = 8;

/**
 * Add the weighted pixels of a rectangle to the {@link SUMS} at `to`: by α² for the subject, (1 − α)² for what is
 * behind. Colours in sample values.
 *
 * @param rectangle cut to the picture
 * @param step one pixel of so many, in each direction, stands for the others
 */
export function addPixels(
  sums: Float32Array,
  to: number,
  { data, channels, widthPx, heightPx }: Picture,
  alpha: Plane<Samples>,
  { x: left, y: top, width, height }: Rectangle,
  step: number,
): void {
  const green = channels > 2 ? 1 : 0;
  const toUnit = 1 / (alpha.data instanceof Uint16Array ? 65535 : 255);
  const right = Math.min(widthPx, left + width);
  const bottom = Math.min(heightPx, top + height);
  const count = Math.min(step, width) * Math.min(step, height);
  let fr = 0;
  let fg = 0;
  let fb = 0;
  let fw = 0;
  let br = 0;
  let bg = 0;
  let bb = 0;
  let bw = 0;
  for (let y = top; y < bottom; y += step) {
    for (let x = left; x < right; x += step) {
      const at = y * widthPx + x;
      const a = alpha.data[at]! * toUnit;
      const f = a * a * count;
      const b = (1 - a) * (1 - a) * count;
      const from = at * channels;
      const red = data[from]!;
      const grn = data[from + green]!;
      const blu = data[from + 2 * green]!;
      fr += f * red;
      fg += f * grn;
      fb += f * blu;
      fw += f;
      br += b * red;
      bg += b * grn;
      bb += b * blu;
      bw += b;
    }
  }
  sums[to]! += fr;
  sums[to + 1]! += fg;
  sums[to + 2]! += fb;
  sums[to + 3]! += fw;
  sums[to + 4]! += br;
  sums[to + 5]! += bg;
  sums[to + 6]! += bb;
  sums[to + 7]! += bw;
}
