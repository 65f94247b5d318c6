/**
 * A trimap of a matte: 0 where it is surely background, 255 surely subject, 128 in the band between. The band is
 * where the matte is neither 0 nor 255, widened by `bandPx` on both sides (dilation and erosion by a square, as MODNet,
 * Ke 2022, §4, makes its unknown region).
 *
 * @param alphaU8 [H, W]
 * @param bandPx half the width of the band around a hard edge
 */
export function trimap(alphaU8: Uint8Array, widthPx: number, heightPx: number, bandPx: number): Uint8Array {
  const low = extremeOver(alphaU8, widthPx, heightPx, bandPx, Math.min);
  const high = extremeOver(alphaU8, widthPx, heightPx, bandPx, Math.max);
  return low.map((least, i) => (least === 255 ? 255 : high[i] === 0 ? 0 : 128));
}

/** Least or greatest value in the square of radius `radius` around each pixel, rows then columns (van Herk's idea unneeded: radii are small). */
function extremeOver(
  plane: Uint8Array,
  widthPx: number,
  heightPx: number,
  radius: number,
  extreme: (a: number, b: number) => number,
): Uint8Array {
  const rows = new Uint8Array(plane.length);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      let best = plane[y * widthPx + x]!;
      for (let k = Math.max(0, x - radius); k <= Math.min(widthPx - 1, x + radius); k++)
        best = extreme(best, plane[y * widthPx + k]!);
      rows[y * widthPx + x] = best;
    }
  const out = new Uint8Array(plane.length);
  for (let y = 0; y < heightPx; y++) {
    const from = Math.max(0, y - radius);
    const to = Math.min(heightPx - 1, y + radius);
    for (let x = 0; x < widthPx; x++) {
      let best = rows[y * widthPx + x]!;
      for (let k = from; k <= to; k++) best = extreme(best, rows[k * widthPx + x]!);
      out[y * widthPx + x] = best;
    }
  }
  return out;
}
