import type { Samples } from "../image/picture.js";
import type { Layers } from "./layer-colours.js";
import { CELL } from "./pull-push.js";

/** How strongly the estimate holds a half-covered pixel back from explaining its own colour exactly. */
const STIFFNESS = 0.1;

/** Where the pixels of a picture's rows lie among the cells of the layers; the same for every row. */
export interface FuseColumns {
  /** Index of the left cell, and how far the pixel is on the way to the next. */
  readonly left: Int32Array;
  readonly fraction: Float32Array;
}

export function fuseColumns({ cellPx, subject }: Layers, widthPx: number): FuseColumns {
  const gridWidth = subject.width;
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
 * @param line the stretch's colours, `channels` samples a pixel; overwritten
 * @param alpha the stretch's alpha
 * @param x0 the column of its first pixel
 * @param y its row in the picture
 */
export function fuseRow(
  line: Samples,
  channels: 1 | 3,
  alpha: Samples,
  x0: number,
  y: number,
  { subject, behind, cellPx }: Layers,
  { left, fraction }: FuseColumns,
): void {
  const opaque = alpha instanceof Uint16Array ? 65535 : 255;
  const full = line instanceof Uint16Array ? 65535 : 255;
  const f = subject.data;
  const b = behind.data;
  const { width, height } = subject;
  const atY = Math.min(height - 1, Math.max(0, (y + 0.5) / cellPx - 0.5));
  const top = Math.min(Math.max(0, height - 2), Math.floor(atY));
  const down = atY - top;
  const right = width > 1 ? CELL : 0;
  const below = height > 1 ? width * CELL : 0;
  for (let x = 0; x < alpha.length; x++) {
    const value = alpha[x]!;
    if (value === 0 || value === opaque) continue;
    const a = value / opaque;
    const rest = 1 - a;
    const gain = a / (a * a + rest * rest + STIFFNESS * rest);
    const across = fraction[x0 + x]!;
    const w3 = across * down;
    const w2 = down - w3;
    const w1 = across - w3;
    const w0 = 1 - across - down + w3;
    const cell = (top * width + left[x0 + x]!) * CELL;
    for (let c = 0; c < channels; c++) {
      const c0 = cell + c;
      const c1 = c0 + right;
      const c2 = c0 + below;
      const c3 = c1 + below;
      const inFront = w0 * f[c0]! + w1 * f[c1]! + w2 * f[c2]! + w3 * f[c3]!;
      const hidden = w0 * b[c0]! + w1 * b[c1]! + w2 * b[c2]! + w3 * b[c3]!;
      const own = line[x * channels + c]!;
      const fused = inFront + gain * (own - a * inFront - rest * hidden);
      line[x * channels + c] = fused <= 0 ? 0 : fused >= full ? full : fused + 0.5;
    }
  }
}
