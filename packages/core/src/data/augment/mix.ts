import * as z from "zod";
import type { Rng } from "../../util/index.js";
import type { LabelledImage } from "../labelled-image.js";
import { augmentation } from "./augmentation.js";
import { compose, scaling, translation } from "./homography.js";
import { drawFrom, drawLogarithmically, range } from "./ranges.js";
import { warp } from "./warp.js";

/** Another picture, stretched to the size of this one. */
function fitted(other: LabelledImage, { widthPx, heightPx }: LabelledImage): LabelledImage {
  const backward = scaling(other.widthPx / widthPx, other.heightPx / heightPx);
  return warp(other, { widthPx, heightPx, backward, outside: "edge" });
}

/**
 * CutMix (Yun 2019, arXiv:1905.04899), for dense labels: a rectangle of another picture, matte included, replaces
 * this one's. Its area is drawn evenly from a range of shares.
 */
export const cutMix = augmentation({
  name: "cutmix",
  summary: "a rectangle of another picture with its matte",
  schema: z.strictObject({ area: range(0.01, 0.99).default([0.1, 0.5]) }),
  kind: "mix",
  async mix({ area }, image, rng, others) {
    const { widthPx, heightPx } = image;
    const side = Math.sqrt(drawFrom(area, rng));
    const [w, h] = [Math.max(1, Math.round(side * widthPx)), Math.max(1, Math.round(side * heightPx))];
    const [x0, y0] = [rng.integer(widthPx - w + 1), rng.integer(heightPx - h + 1)];
    const other = fitted(await others.labelled(), image);
    const rgbU8 = image.rgbU8.slice();
    const alphaU8 = image.alphaU8?.slice();
    for (let y = y0; y < y0 + h; y++) {
      const [from, to] = [y * widthPx + x0, y * widthPx + x0 + w];
      rgbU8.set(other.rgbU8.subarray(3 * from, 3 * to), 3 * from);
      if (other.alphaU8 !== undefined) alphaU8?.set(other.alphaU8.subarray(from, to), from);
    }
    return { ...image, rgbU8, alphaU8 };
  },
});

/** Mean and deviation of each colour where a weight is set. */
function colourMoments(
  rgbU8: Uint8Array,
  weightU8: Uint8Array | undefined,
): { mean: number[]; deviation: number[] } {
  const sum = [0, 0, 0];
  const squares = [0, 0, 0];
  let total = 0;
  for (let i = 0; 3 * i < rgbU8.length; i++) {
    const weight = weightU8 === undefined ? 1 : weightU8[i]! / 255;
    if (weight === 0) continue;
    total += weight;
    for (let c = 0; c < 3; c++) {
      const v = rgbU8[3 * i + c]!;
      sum[c]! += weight * v;
      squares[c]! += weight * v * v;
    }
  }
  const mean = sum.map((s) => s / Math.max(total, 1e-6));
  return {
    mean,
    deviation: squares.map((q, c) => Math.sqrt(Math.max(0, q / Math.max(total, 1e-6) - mean[c]! ** 2))),
  };
}

/** Soften a matte's edge inwards, by a 3x3 mean `times` over: outside it the picture shows its own old background. */
function feather(alphaU8: Uint8Array, widthPx: number, heightPx: number, times: number): Uint8Array {
  let current = alphaU8;
  for (let t = 0; t < times; t++) {
    const next = new Uint8Array(current.length);
    for (let y = 0; y < heightPx; y++)
      for (let x = 0; x < widthPx; x++) {
        let sum = 4;
        for (let dy = -1; dy <= 1; dy++) {
          const row = widthPx * Math.min(Math.max(y + dy, 0), heightPx - 1);
          for (let dx = -1; dx <= 1; dx++) sum += current[row + Math.min(Math.max(x + dx, 0), widthPx - 1)]!;
        }
        next[y * widthPx + x] = Math.min(sum / 9, alphaU8[y * widthPx + x]!);
      }
    current = next;
  }
  return current;
}

/**
 * Copy-Paste (Ghiasi 2021, arXiv:2012.07177): the subject of a labelled picture, scaled and moved, over this one or
 * over a background photo; its edge feathered, its colours drawn towards the scene's by a share (mean and deviation
 * per channel). `background: true` pastes this picture's own subject over a background photo instead.
 */
export const copyPaste = augmentation({
  name: "copy-paste",
  summary: "a subject pasted over another picture or background",
  schema: z.strictObject({
    background: z.boolean().default(false),
    scale: range(0.1, 4).default([0.6, 1.2]),
    featherPx: z.int().min(0).max(8).default(1),
    colourMatch: range(0, 1).default([0, 0]),
  }),
  kind: "mix",
  needsBackgrounds: ({ background }) => background,
  async mix({ background, scale, featherPx, colourMatch }, image, rng, others) {
    const scene = background ? await others.background() : image;
    const subject = background ? image : await others.labelled();
    if (subject.alphaU8 === undefined) return image;
    const ground =
      scene === image
        ? image
        : { ...fitted(scene, image), alphaU8: new Uint8Array(image.widthPx * image.heightPx) };
    return paste(place(subject, image, drawLogarithmically(scale, rng), rng), ground, {
      featherPx,
      match: drawFrom(colourMatch, rng),
      name: image.name,
    });
  },
});

/** The subject on a canvas of the picture's size, scaled and moved at random; around it is nothing. */
function place(
  subject: LabelledImage,
  { widthPx, heightPx }: LabelledImage,
  factor: number,
  rng: Rng,
): LabelledImage {
  const fit = factor * Math.min(widthPx / subject.widthPx, heightPx / subject.heightPx);
  const x = rng.uniform() * (widthPx - subject.widthPx * fit);
  const y = rng.uniform() * (heightPx - subject.heightPx * fit);
  const backward = compose(scaling(1 / fit, 1 / fit), translation(-x, -y));
  return warp(subject, { widthPx, heightPx, backward, outside: [0, 0, 0] });
}

function paste(
  subject: LabelledImage,
  scene: LabelledImage,
  { featherPx, match, name }: { featherPx: number; match: number; name: string },
): LabelledImage {
  const { widthPx, heightPx } = scene;
  const alpha = feather(subject.alphaU8!, widthPx, heightPx, featherPx);
  const from = colourMoments(subject.rgbU8, subject.alphaU8);
  const to = colourMoments(scene.rgbU8, undefined);
  const gain = from.deviation.map((d, c) => 1 + match * (Math.min(2, to.deviation[c]! / Math.max(d, 1)) - 1));
  const shift = from.mean.map((m, c) => m + match * (to.mean[c]! - m));
  const rgbU8 = new Uint8Array(scene.rgbU8.length);
  const alphaU8 = scene.alphaU8 && new Uint8Array(scene.alphaU8.length);
  for (let i = 0; i < alpha.length; i++) {
    const a = alpha[i]! / 255;
    for (let c = 0; c < 3; c++) {
      const own = shift[c]! + gain[c]! * (subject.rgbU8[3 * i + c]! - from.mean[c]!);
      rgbU8[3 * i + c] = Math.min(255, Math.max(0, a * own + (1 - a) * scene.rgbU8[3 * i + c]!)) + 0.5;
    }
    if (alphaU8 !== undefined) alphaU8[i] = 255 * a + (1 - a) * scene.alphaU8![i]! + 0.5;
  }
  return { name, widthPx, heightPx, rgbU8, alphaU8 };
}
