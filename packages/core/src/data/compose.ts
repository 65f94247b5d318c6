import { picture, resizePicture } from "../image/index.js";
import type { Rng } from "../util/index.js";
import { compose as chain, scaling, translation } from "./augment/homography.js";
import { warp } from "./augment/warp.js";
import type { LabelledImage } from "./labelled-image.js";
import { partedAlpha } from "./read-sample.js";

/** Longest side of a composed picture. */
const MAX_SIDE_PX = 2048;

/**
 * Lay a cut-out on a photo: `c = α·f + (1 − α)·b`.
 *
 * @param subject colours and alpha
 * @param options.framing `own`: the picture is as large as the cut-out, which was cut from a whole photo; `free`: the
 *   cut-out fills half to nearly all of a picture of random aspect, anywhere in it
 */
export async function composeCutout(
  subject: LabelledImage,
  background: LabelledImage,
  rng: Rng,
  { framing }: { readonly framing: "own" | "free" },
): Promise<LabelledImage> {
  const canvas = framing === "own" ? { ...subject, scale: 1 } : freeCanvas(subject, rng);
  const { widthPx, heightPx } = canvas;
  const placed = framing === "own" ? subject : await place(subject, canvas, rng);
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

async function place(subject: LabelledImage, canvas: Canvas, rng: Rng): Promise<LabelledImage> {
  const { widthPx, heightPx, scale } = canvas;
  const scaled = scale < 1 ? await shrunk(subject, scale) : subject;
  // Whole pixels: the cut-out is not resampled again.
  const x = Math.round(rng.uniform() * (widthPx - scaled.widthPx));
  const y = Math.round(rng.uniform() * (heightPx - scaled.heightPx));
  return warp(scaled, { widthPx, heightPx, backward: translation(-x, -y), outside: [0, 0, 0] });
}

/** A smaller cut-out; colours weigh by their alpha, since what is hidden is often black. */
async function shrunk(subject: LabelledImage, scale: number): Promise<LabelledImage> {
  const { name, widthPx, heightPx, rgbU8, alphaU8 } = subject;
  const size = {
    widthPx: Math.max(1, Math.floor(widthPx * scale)),
    heightPx: Math.max(1, Math.floor(heightPx * scale)),
  };
  const rgba = new Uint8Array(4 * widthPx * heightPx);
  for (let p = 0, i = 0, o = 0; o < rgba.length; p++, i += 3) {
    rgba[o++] = rgbU8[i]!;
    rgba[o++] = rgbU8[i + 1]!;
    rgba[o++] = rgbU8[i + 2]!;
    rgba[o++] = alphaU8 === undefined ? 255 : alphaU8[p]!;
  }
  const small = await resizePicture(picture(widthPx, heightPx, 4, rgba), { ...size, kernel: "linear" });
  return { name, ...size, ...partedAlpha(small) };
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
