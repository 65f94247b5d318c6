import type { Rng } from "../../util/index.js";
import type { LabelledImage } from "../labelled-image.js";

/**
 * A trimap of a matte: 0 where it is surely background, 255 surely subject, 128 in the band between. The band is
 * where the matte is neither 0 nor 255, widened by `bandPx` on both sides (dilation and erosion by a square, as MODNet,
 * Ke 2022, §4, makes its unknown region).
 *
 * @param alphaU8 [H, W]
 * @param bandPx half the width of the band around a hard edge
 */
export function trimap(alphaU8: Uint8Array, widthPx: number, heightPx: number, bandPx: number): Uint8Array {
  const notSubject = countOver(alphaU8, widthPx, heightPx, { radius: bandPx, except: 255 });
  const notBackground = countOver(alphaU8, widthPx, heightPx, { radius: bandPx, except: 0 });
  const out = new Uint8Array(alphaU8.length);
  for (let i = 0; i < out.length; i++) out[i] = notSubject[i] === 0 ? 255 : notBackground[i] === 0 ? 0 : 128;
  return out;
}

/** A picture's trimap, half the width of its band drawn from a closed range; undefined for a picture without a matte. */
export function drawTrimap(
  { alphaU8, widthPx, heightPx }: LabelledImage,
  [lowPx, highPx]: readonly [low: number, high: number],
  rng: Rng,
): Uint8Array | undefined {
  const bandPx = lowPx + rng.integer(highPx - lowPx + 1);
  return alphaU8 && trimap(alphaU8, widthPx, heightPx, bandPx);
}

/** How many pixels in the square of a radius around each are not of a value; sums slide, so a radius costs nothing. */
function countOver(
  plane: Uint8Array,
  widthPx: number,
  heightPx: number,
  { radius, except }: { readonly radius: number; readonly except: number },
): Int32Array {
  const across = new Int32Array(plane.length);
  for (let y = 0; y < heightPx; y++) {
    const row = y * widthPx;
    let count = 0;
    for (let x = -radius; x < widthPx; x++) {
      const [enters, leaves] = [x + radius, x - radius - 1];
      if (enters < widthPx && plane[row + enters] !== except) count++;
      if (leaves >= 0 && plane[row + leaves] !== except) count--;
      if (x >= 0) across[row + x] = count;
    }
  }
  const out = new Int32Array(plane.length);
  const sums = new Int32Array(widthPx);
  for (let y = -radius; y < heightPx; y++) {
    const [enters, leaves] = [(y + radius) * widthPx, (y - radius - 1) * widthPx];
    if (y + radius < heightPx) for (let x = 0; x < widthPx; x++) sums[x]! += across[enters + x]!;
    if (leaves >= 0) for (let x = 0; x < widthPx; x++) sums[x]! -= across[leaves + x]!;
    if (y >= 0) out.set(sums, y * widthPx);
  }
  return out;
}
