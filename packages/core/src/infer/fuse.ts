import type { Samples } from "../image/picture.js";
import type { Layers } from "./layer-colours.js";

/** How strongly the estimate holds a half-covered pixel back from explaining its own colour exactly. */
const STIFFNESS = 0.1;

/** Where the pixels of a picture's rows lie among the cells of the layers; the same for every row. */
export interface FuseColumns {
  /** Index of the left cell, and how far the pixel is on the way to the next. */
  readonly left: Int32Array;
  readonly fraction: Float32Array;
}

export function fuseColumns({ cellPx, gridWidth }: Layers, widthPx: number): FuseColumns {
  const left = new Int32Array(widthPx);
  const fraction = new Float32Array(widthPx);
  for (let x = 0; x < widthPx; x++) {
    const at = Math.min(gridWidth - 1, Math.max(0, (x + 0.5) / cellPx - 0.5));
    left[x] = Math.min(Math.max(0, gridWidth - 2), Math.floor(at));
    fraction[x] = at - left[x]!;
  }
  return { left, fraction };
}

/**
 * Replace the colour of every mixed pixel of a stretch of a row by the subject's share of it.
 *
 * With F̂ and B̂ the estimates of the layers' colours, the pixel's own colour I says how far they are off:
 * `F = F̂ + α·(I − α·F̂ − (1 − α)·B̂) / (α² + (1 − α)² + s·(1 − α))`, the least change of both layers that explains I,
 * damped by s (Forte's rule is the same with a denominator of 1). At α = 1 this is I.
 *
 * @param line the stretch's colours, one or three samples a pixel; overwritten
 * @param alpha the stretch's alpha
 * @param x0 the column of its first pixel
 * @param y its row in the picture
 */
export function fuseRow(
  line: Samples,
  alpha: Samples,
  x0: number,
  y: number,
  { colours, cellPx, gridWidth, gridHeight }: Layers,
  { left, fraction }: FuseColumns,
): void {
  const opaque = alpha instanceof Uint16Array ? 65535 : 255;
  const full = line instanceof Uint16Array ? 65535 : 255;
  const channels = colours.length / (gridWidth * gridHeight) / 2;
  const cell = 2 * channels;
  const atY = Math.min(gridHeight - 1, Math.max(0, (y + 0.5) / cellPx - 0.5));
  const top = Math.min(Math.max(0, gridHeight - 2), Math.floor(atY));
  const down = atY - top;
  const rowA = top * gridWidth * cell;
  const rowB = Math.min(gridHeight - 1, top + 1) * gridWidth * cell;
  const right = gridWidth > 1 ? cell : 0;
  for (let x = 0; x < alpha.length; x++) {
    const value = alpha[x]!;
    if (value === 0 || value === opaque) continue;
    const a = value / opaque;
    const b = 1 - a;
    const gain = a / (a * a + b * b + STIFFNESS * b);
    const across = fraction[x0 + x]!;
    const w3 = across * down;
    const w2 = down - w3;
    const w1 = across - w3;
    const w0 = 1 - across - down + w3;
    const c0 = rowA + left[x0 + x]! * cell;
    const c2 = rowB + left[x0 + x]! * cell;
    for (let c = 0; c < channels; c++) {
      const f0 = c0 + c;
      const f2 = c2 + c;
      const b0 = f0 + channels;
      const b2 = f2 + channels;
      const subject =
        w0 * colours[f0]! + w1 * colours[f0 + right]! + w2 * colours[f2]! + w3 * colours[f2 + right]!;
      const behind =
        w0 * colours[b0]! + w1 * colours[b0 + right]! + w2 * colours[b2]! + w3 * colours[b2 + right]!;
      const own = line[x * channels + c]!;
      const fused = subject + gain * (own - a * subject - b * behind);
      line[x * channels + c] = fused <= 0 ? 0 : fused >= full ? full : fused + 0.5;
    }
  }
}
