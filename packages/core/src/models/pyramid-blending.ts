import type { Tensor } from "../graph/index.js";
import { maxPool, pad, upTo } from "../nn/index.js";
import type { SizePx } from "../hub/preprocessing.js";
import type { Heads } from "./definition.js";
import { reconstruct } from "./image-pyramid.js";

// Pyramid blending, Kim 2022, §3.4 and Fig. 4 (arXiv:2209.09475): what the subject is from a small view of the
// picture, where its edges run from the whole one.

/** Width of the edge band at each scale of the whole picture, in that scale's pixels. */
const BANDS = { d3: 5, d2: 9, d1: 17 } as const;

/**
 * Blend the saliency pyramids of a small and of a whole view of one picture (eq. 5): begin with the small view's
 * finest map, and add the whole view's details only where that map has an edge.
 *
 * @param low heads of the small view; only its d0 is read
 * @param high heads of the whole view: p2 [N,1,H/4,W/4], p1, p0 [N,1,H,W], and d3 for its size
 * @returns heads of the blended pyramid, shaped like `high`'s
 */
export function blendPyramids(low: Heads, high: Heads): Heads {
  const details = (map: Tensor, band: number, own: Tensor): Tensor => upTo(edges(map, band), own).mul(own);
  const d3 = upTo(low["d0"]!, high["d3"]!);
  const p2 = details(d3, BANDS.d3, high["p2"]!);
  const d2 = reconstruct(d3, p2);
  const p1 = details(d2, BANDS.d2, high["p1"]!);
  const d1 = reconstruct(d2, p1);
  const p0 = details(d1, BANDS.d1, high["p0"]!);
  const d0 = reconstruct(d1, p0);
  return { d3, d2, d1, d0, p2, p1, p0 };
}

/**
 * 1 where the map rises by more than a half within an ellipse around a pixel (dilation less erosion), else 0.
 * logits [N,1,H,W] → the same shape
 */
function edges(logits: Tensor, side: number): Tensor {
  const p = logits.sigmoid();
  const rise = dilate(p, side).add(dilate(p.neg(), side)); // erosion is dilation upside down
  return rise.greater(0.5).cast(logits.dtype);
}

/** Below every probability and its negative: outside the picture nothing wins. */
const NOTHING = -2;

/** Largest value within OpenCV's ellipse of a side: one pool for each pair of rows at the same distance. */
function dilate(x: Tensor, side: number): Tensor {
  const radius = Math.floor(side / 2);
  const rows = (dy: number): Tensor => {
    const dx = Math.round(Math.sqrt(radius ** 2 - dy ** 2));
    const padded = pad(x, [dy, dx], { value: NOTHING });
    const width = 2 * dx + 1;
    return dy === 0
      ? maxPool(padded, { kernel: [1, width], stride: 1 })
      : maxPool(padded, { kernel: [2, width], dilation: [2 * dy, 1], stride: 1 });
  };
  const pairs = Array.from({ length: radius }, (_, i) => rows(i + 1));
  return pairs.reduce((most, pair) => most.max(pair), rows(0));
}

/**
 * The size that the authors give a picture before the network sees it whole: the short side at most `limitPx`, the
 * aspect kept, both sides rounded to multiples of 32.
 */
export function wholeViewSize({ widthPx, heightPx }: SizePx, limitPx = 1280): SizePx {
  const factor = Math.min(1, limitPx / Math.min(widthPx, heightPx));
  const side = (px: number): number => Math.max(32, Math.round((px * factor) / 32) * 32);
  return { widthPx: side(widthPx), heightPx: side(heightPx) };
}
