// What was weighed against `enlargeMatte`: each brings a matte to its picture's size, over the whole picture.
import type { Picture, Samples } from "@mattelier/core/image";
import { enlargeMatte } from "../../packages/core/src/infer/enlarge-matte.js";
import { GuidedModel } from "../../packages/core/src/infer/guided-model.js";
import type { Plane } from "../../packages/core/src/infer/plane.js";
import { stretch, stretched } from "../../packages/core/src/infer/resample.js";

export type Enlarge = (matte: Plane, picture: Picture<Uint8Array>) => Float32Array;

/** Ours as the library runs it, in samples of 8 bits. */
export function enlarged(matte: Plane, picture: Picture<Uint8Array>): Samples {
  const grid = {
    x: stretched(matte.widthPx, picture.widthPx),
    y: stretched(matte.heightPx, picture.heightPx),
  };
  const work = enlargeMatte(matte, grid, picture);
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value.data;
  }
}

export const ours: Enlarge = (matte, picture) => Float32Array.from(enlarged(matte, picture), (a) => a / 255);

export const bicubic: Enlarge = (matte, { widthPx, heightPx }) =>
  clamp(stretch(matte, widthPx, heightPx, "cubic").data);

/** Fast guided filter, windows of 3×3 (larger ones measured worse), nothing added back. */
export const plainGuided: Enlarge = (matte, picture) => {
  const { widthPx: w, heightPx: h } = matte;
  const { widthPx, heightPx, data } = picture;
  const solver = new GuidedModel(w * h);
  solver.p.set(matte.data);
  solver.guide.set(colours(picture, w, h));
  solver.solve(w, h, 1e-4);
  const out = new Float32Array(widthPx * heightPx);
  for (let c = 0; c < 4; c++) {
    const plane = { widthPx: w, heightPx: h, data: solver.model.filter((_, i) => i % 4 === c) };
    const large = stretch(plane, widthPx, heightPx, "linear").data;
    for (let i = 0; i < out.length; i++) out[i]! += large[i]! * (c === 3 ? 1 : data[i * 3 + c]! / 255);
  }
  return clamp(out);
};

/** Joint bilateral upsampling (Kopf 2007): the 3×3 nearest cells, by distance (σ 0.7 cells) and colour (σ 0.1). */
export const jointBilateral: Enlarge = (matte, picture) => {
  const { widthPx: w, heightPx: h, data: cells } = matte;
  const { widthPx, heightPx, data } = picture;
  const guide = colours(picture, w, h);
  const out = new Float32Array(widthPx * heightPx);
  for (let y = 0, i = 0; y < heightPx; y++) {
    const atY = ((y + 0.5) * h) / heightPx - 0.5;
    for (let x = 0; x < widthPx; x++, i++) {
      const atX = ((x + 0.5) * w) / widthPx - 0.5;
      let [sum, weights] = [0, 0];
      for (let v = Math.round(atY) - 1; v <= Math.round(atY) + 1; v++) {
        for (let u = Math.round(atX) - 1; u <= Math.round(atX) + 1; u++) {
          const cell = Math.min(h - 1, Math.max(0, v)) * w + Math.min(w - 1, Math.max(0, u));
          let difference = 0;
          for (let c = 0; c < 3; c++) difference += (data[i * 3 + c]! / 255 - guide[cell * 3 + c]!) ** 2;
          const weight = Math.exp(
            -((u - atX) ** 2 + (v - atY) ** 2) / (2 * 0.7 ** 2) - difference / (2 * 0.1 ** 2),
          );
          sum += weight * cells[cell]!;
          weights += weight;
        }
      }
      out[i] = sum / weights;
    }
  }
  return out;
};

/** The picture's mean colours on a grid, interleaved, in [0, 1]. */
function colours({ widthPx, heightPx, data }: Picture<Uint8Array>, w: number, h: number): Float32Array {
  const out = new Float32Array(w * h * 3);
  for (let c = 0; c < 3; c++) {
    const plane = {
      widthPx,
      heightPx,
      data: Float32Array.from({ length: widthPx * heightPx }, (_, i) => data[i * 3 + c]! / 255),
    };
    stretch(plane, w, h, "area").data.forEach((value, i) => (out[i * 3 + c] = value));
  }
  return out;
}

function clamp(values: Float32Array): Float32Array {
  for (let i = 0; i < values.length; i++) values[i] = Math.min(1, Math.max(0, values[i]!));
  return values;
}
