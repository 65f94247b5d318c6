import type { Rng } from "../util/index.js";
import { compose as chain, scaling, translation } from "./augment/homography.js";
import { warp } from "./augment/warp.js";
import type { LabelledImage } from "./labelled-image.js";

/** Longest side of a composed picture. */
const MAX_SIDE_PX = 2048;

/**
 * Lay a cut-out on a photo: `c = α·f + (1 − α)·b`.
 *
 * @param subject colours and alpha
 * @param options.framing `own`: the picture is as large as the cut-out, which was cut from a whole photo; `free`: the
 *   cut-out fills half to nearly all of a picture of random aspect, anywhere in it
 */
export function composeCutout(
  subject: LabelledImage,
  background: LabelledImage,
  rng: Rng,
  { framing }: { readonly framing: "own" | "free" },
): LabelledImage {
  const canvas = framing === "own" ? { ...subject, scale: 1 } : freeCanvas(subject, rng);
  const { widthPx, heightPx } = canvas;
  const placed = framing === "own" ? subject : place(subject, canvas, rng);
  const ground = backdrop(background, canvas, rng);
  const rgbU8 = ground.rgbU8;
  const alphaU8 = placed.alphaU8 ?? new Uint8Array(widthPx * heightPx).fill(255);
  for (let p = 0, i = 0; p < alphaU8.length; p++, i += 3) {
    const a = alphaU8[p]!;
    if (a === 0) continue;
    for (let c = i; c < i + 3; c++)
      rgbU8[c] = Math.round((a * placed.rgbU8[c]! + (255 - a) * rgbU8[c]!) / 255);
  }
  return { name: subject.name, widthPx, heightPx, rgbU8, alphaU8 };
}

interface Canvas {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Pixels of the canvas for one of the subject. */
  readonly scale: number;
}

function freeCanvas(subject: LabelledImage, rng: Rng): Canvas {
  const fill = Math.exp(Math.log(0.5) + rng.uniform() * Math.log(0.95 / 0.5));
  const aspect = Math.exp((2 * rng.uniform() - 1) * Math.log(4 / 3));
  const height = Math.max(subject.heightPx / fill, subject.widthPx / (fill * aspect));
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(height, height * aspect));
  const [widthPx, heightPx] = [height * aspect, height].map((side) => Math.max(1, Math.round(side * scale)));
  return { widthPx: widthPx!, heightPx: heightPx!, scale };
}

function place(subject: LabelledImage, { widthPx, heightPx, scale }: Canvas, rng: Rng): LabelledImage {
  // Whole pixels: at scale 1 the cut-out is not resampled.
  const x = Math.round(rng.uniform() * (widthPx - subject.widthPx * scale));
  const y = Math.round(rng.uniform() * (heightPx - subject.heightPx * scale));
  const backward = chain(scaling(1 / scale, 1 / scale), translation(-x, -y));
  return warp(subject, { widthPx, heightPx, backward, outside: [0, 0, 0] });
}

/** A window of the photo in the canvas' aspect, half as large as can be or more, anywhere. */
function backdrop(
  background: LabelledImage,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
  rng: Rng,
): LabelledImage {
  const most = Math.min(background.widthPx / widthPx, background.heightPx / heightPx);
  const scale = most * (0.5 + 0.5 * rng.uniform());
  const x = rng.uniform() * (background.widthPx - widthPx * scale);
  const y = rng.uniform() * (background.heightPx - heightPx * scale);
  const backward = chain(translation(x, y), scaling(scale, scale));
  return warp({ ...background, alphaU8: undefined }, { widthPx, heightPx, backward, outside: "edge" });
}
