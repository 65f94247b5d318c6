// What was weighed against `estimateLayers` and `fuseRow`: the published estimators, over the whole picture.
import type { Picture } from "@mattelier/core/image";
import { mapBlocks } from "../../packages/core/src/infer/blocks.js";
import { boxBlur } from "../../packages/core/src/infer/box-blur.js";
import { cutOut } from "../../packages/core/src/infer/cut-out.js";
import { estimateLayers } from "../../packages/core/src/infer/layer-colours.js";

/** The subject's colours, 0 to 255, three a pixel, where alpha is not 0. */
export type EstimateForeground = (picture: Picture<Uint8Array>, alpha: Float32Array) => Float32Array;

export const untouched: EstimateForeground = (picture) => Float32Array.from(picture.data);

export const ours: EstimateForeground = (picture, alpha01) => {
  const { widthPx, heightPx } = picture;
  const alpha = { widthPx, heightPx, data: Uint8Array.from(alpha01, (a) => Math.round(a * 255)) };
  const blocks = mapBlocks(alpha);
  const box = { x: 0, y: 0, width: widthPx, height: heightPx };
  const layers = finish(estimateLayers(picture, alpha, blocks));
  const { data } = finish(cutOut(picture, alpha, blocks, box, layers));
  const out = new Float32Array(widthPx * heightPx * 3);
  for (let i = 0; i < alpha01.length; i++) for (let c = 0; c < 3; c++) out[i * 3 + c] = data[i * 4 + c]!;
  return out;
};

function finish<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Blur fusion, two passes of windows of 90 and 6 pixels (Forte 2021, "Approximate Fast Foreground Colour Estimation"). */
export const blurFusion: EstimateForeground = ({ widthPx, heightPx, data }, alpha) => {
  const image = [0, 1, 2].map((c) => Float32Array.from(alpha, (_, i) => data[i * 3 + c]! / 255));
  let [subject, behind] = [image, image];
  for (const radius of [45, 3]) {
    const covered = alpha.slice();
    boxBlur(covered, widthPx, heightPx, radius);
    const next = image.map((own, c) => {
      const f = subject[c]!.map((v, i) => v * alpha[i]!);
      const b = behind[c]!.map((v, i) => v * (1 - alpha[i]!));
      boxBlur(f, widthPx, heightPx, radius);
      boxBlur(b, widthPx, heightPx, radius);
      for (let i = 0; i < f.length; i++) {
        const a = alpha[i]!;
        const mean = f[i]! / (covered[i]! + 1e-5);
        b[i]! /= 1 - covered[i]! + 1e-5;
        f[i] = Math.min(1, Math.max(0, mean + a * (own[i]! - a * mean - (1 - a) * b[i]!)));
      }
      return [f, b] as const;
    });
    subject = next.map(([f]) => f);
    behind = next.map(([, b]) => b);
  }
  return interleaved(subject);
};

/**
 * Multi-level estimation (Germer 2020, arXiv:2006.14970): from one pixel up to the full size, a few sweeps a level
 * that solve for both layers in each pixel, held to its neighbours by `regularisation + gradientWeight · |Δα|`.
 */
export function multiLevel({ gradientWeight = 1, regularisation = 1e-5 } = {}): EstimateForeground {
  return ({ widthPx, heightPx, data }, alpha) => {
    const image = [0, 1, 2].map((c) => Float32Array.from(alpha, (_, i) => data[i * 3 + c]! / 255));
    const full = { w: widthPx, h: heightPx };
    const levels = Math.ceil(Math.log2(Math.max(widthPx, heightPx)));
    let size = { w: 1, h: 1 };
    let subject: Float32Array[] = image.map((plane) => Float32Array.of(mean(plane, alpha, (a) => a)));
    let behind: Float32Array[] = image.map((plane) => Float32Array.of(mean(plane, alpha, (a) => 1 - a)));
    for (let level = 0; level <= levels; level++) {
      const next = {
        w: Math.round(widthPx ** (level / levels)),
        h: Math.round(heightPx ** (level / levels)),
      };
      subject = subject.map((plane) => nearest(plane, size, next));
      behind = behind.map((plane) => nearest(plane, size, next));
      size = next;
      const a = nearest(alpha, full, size);
      const own = image.map((plane) => nearest(plane, full, size));
      const sweeps = Math.max(size.w, size.h) <= 32 ? 10 : 2;
      for (let i = 0; i < sweeps; i++) sweep(size, a, own, subject, behind, regularisation, gradientWeight);
    }
    return interleaved(subject);
  };
}

interface Size {
  readonly w: number;
  readonly h: number;
}

function sweep(
  { w, h }: Size,
  alpha: Float32Array,
  own: readonly Float32Array[],
  subject: readonly Float32Array[],
  behind: readonly Float32Array[],
  regularisation: number,
  gradientWeight: number,
): void {
  const neighbours = new Int32Array(4);
  const weights = new Float64Array(4);
  for (let y = 0, i = 0; y < h; y++)
    for (let x = 0; x < w; x++, i++) {
      neighbours[0] = x > 0 ? i - 1 : i;
      neighbours[1] = x < w - 1 ? i + 1 : i;
      neighbours[2] = y > 0 ? i - w : i;
      neighbours[3] = y < h - 1 ? i + w : i;
      const a = alpha[i]!;
      const b = 1 - a;
      let total = 0;
      for (let k = 0; k < 4; k++) {
        weights[k] = regularisation + gradientWeight * Math.abs(a - alpha[neighbours[k]!]!);
        total += weights[k]!;
      }
      const [aa, ab, bb] = [a * a + total, a * b, b * b + total];
      const scale = 1 / (aa * bb - ab * ab);
      for (let c = 0; c < 3; c++) {
        let f = a * own[c]![i]!;
        let g = b * own[c]![i]!;
        for (let k = 0; k < 4; k++) {
          f += weights[k]! * subject[c]![neighbours[k]!]!;
          g += weights[k]! * behind[c]![neighbours[k]!]!;
        }
        subject[c]![i] = Math.min(1, Math.max(0, scale * (bb * f - ab * g)));
        behind[c]![i] = Math.min(1, Math.max(0, scale * (aa * g - ab * f)));
      }
    }
}

function nearest(plane: Float32Array, from: Size, to: Size): Float32Array {
  const out = new Float32Array(to.w * to.h);
  for (let y = 0, i = 0; y < to.h; y++) {
    const row = Math.min(from.h - 1, Math.floor((y * from.h) / to.h)) * from.w;
    for (let x = 0; x < to.w; x++, i++)
      out[i] = plane[row + Math.min(from.w - 1, Math.floor((x * from.w) / to.w))]!;
  }
  return out;
}

function mean(plane: Float32Array, alpha: Float32Array, weigh: (a: number) => number): number {
  let [sum, weights] = [0, 1e-9];
  for (let i = 0; i < plane.length; i++) {
    sum += weigh(alpha[i]!) * plane[i]!;
    weights += weigh(alpha[i]!);
  }
  return sum / weights;
}

function interleaved(planes: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(planes[0]!.length * 3);
  planes.forEach((plane, c) => {
    for (let i = 0; i < plane.length; i++) out[i * 3 + c] = plane[i]! * 255;
  });
  return out;
}
