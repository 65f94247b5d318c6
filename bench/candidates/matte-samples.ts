import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  decodeImage,
  hasAlpha,
  picture,
  resizePicture,
  toRgbChannels,
  type Picture,
} from "@mattelier/core/image";
import { createRng } from "@mattelier/core/util";

/** A picture with the alpha that it was made with, or that a person drew. */
export interface MatteSample {
  readonly set: string;
  readonly name: string;
  readonly picture: Picture<Uint8Array>;
  /** In [0, 1], row by row. */
  readonly alpha: Float32Array;
  /** The subject's own colours, 0 to 255, three a pixel; only composed pictures have them. */
  readonly subject?: Float32Array;
}

export const DATA = "../shared/data";

/** The first `count` names of a set's validation split. */
export function namesOf(set: string, count: number): string[] {
  return readFileSync(join(DATA, set, "split_val.txt"), "utf8")
    .trim()
    .split(/\s+/)
    .slice(0, count);
}

/** A photo and the mask that a person drew for it. */
export async function photo(set: string, name: string): Promise<MatteSample> {
  const image = await rgbOf(join(DATA, set, "images", `${name}.jpg`));
  const mask = (await decodeImage(join(DATA, set, "masks", `${name}.png`))).frames[0]!.picture;
  const alpha = new Float32Array(mask.widthPx * mask.heightPx);
  for (let i = 0; i < alpha.length; i++) alpha[i] = mask.data[i * mask.channels]! / 255;
  return { set, name, picture: image, alpha };
}

/** Photographic cut-outs with real alpha, the longest side `leastPx` or more. */
export async function cutOutNames(count: number, leastPx: number): Promise<string[]> {
  const folder = join(DATA, "tuxpaint-cutouts", "rgba");
  const names: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (names.length === count) break;
    const { widthPx, heightPx } = (await decodeImage(join(folder, name))).frames[0]!.picture;
    if (Math.max(widthPx, heightPx) >= leastPx) names.push(name);
  }
  return names;
}

export interface ComposeOptions {
  /** Width and height; by default the cut-out's with a margin. */
  readonly size?: readonly [number, number];
  /** Softens the cut-out's edge as a lens does: three box blurs of this radius over its weighted colours. */
  readonly softenPx?: number;
}

/** A cut-out laid on a landscape that its name picks. */
export async function composed(
  name: string,
  { size, softenPx = 0 }: ComposeOptions = {},
): Promise<MatteSample> {
  const folder = join(DATA, "backgrounds", "images");
  const landscapes = readdirSync(folder).filter((file) => file.startsWith("deb_") || file.startsWith("dg_"));
  const landscape = landscapes[createRng(0).fork(name).integer(landscapes.length)]!;
  let rgba = (await decodeImage(join(DATA, "tuxpaint-cutouts", "rgba", name))).frames[0]!
    .picture as Picture<Uint8Array>;
  if (!hasAlpha(rgba)) throw new Error(`${name}: no alpha`);
  rgba = toRgbChannels(rgba);
  const pad = Math.round(Math.max(rgba.widthPx, rgba.heightPx) * 0.15) + 3 * softenPx;
  const [w, h] = size ?? [rgba.widthPx + 2 * pad, rgba.heightPx + 2 * pad];
  if (size !== undefined) {
    const scale = Math.min((0.8 * w) / rgba.widthPx, (0.8 * h) / rgba.heightPx);
    const [widthPx, heightPx] = [Math.round(rgba.widthPx * scale), Math.round(rgba.heightPx * scale)];
    rgba = await resizePicture(rgba, { widthPx, heightPx, kernel: "cubic" });
  }
  const behind = await resizePicture(await rgbOf(join(folder, landscape)), {
    widthPx: w,
    heightPx: h,
    fit: "cover",
  });
  const layer = placed(rgba, w, h);
  if (softenPx > 0) for (let plane = 0; plane < 4; plane++) soften(layer, plane, w, h, softenPx);

  const data = new Uint8Array(w * h * 3);
  const alpha = new Float32Array(w * h);
  const subject = new Float32Array(w * h * 3);
  for (let i = 0; i < w * h; i++) {
    const a = Math.round(layer[i * 4 + 3]! * 255) / 255;
    alpha[i] = a;
    for (let c = 0; c < 3; c++) {
      const f = layer[i * 4 + 3]! > 0.002 ? layer[i * 4 + c]! / layer[i * 4 + 3]! : 0;
      subject[i * 3 + c] = f;
      data[i * 3 + c] = Math.round(a * f + (1 - a) * behind.data[i * 3 + c]!);
    }
  }
  return { set: "composed", name, picture: picture(w, h, 3, data), alpha, subject };
}

/** The cut-out in the middle of an empty picture: colours times alpha, then alpha in [0, 1]. */
function placed(rgba: Picture<Uint8Array>, w: number, h: number): Float32Array {
  const layer = new Float32Array(w * h * 4);
  const left = Math.floor((w - rgba.widthPx) / 2);
  const top = Math.floor((h - rgba.heightPx) / 2);
  for (let y = 0; y < rgba.heightPx; y++)
    for (let x = 0; x < rgba.widthPx; x++) {
      const from = (y * rgba.widthPx + x) * 4;
      const to = ((top + y) * w + left + x) * 4;
      const a = rgba.data[from + 3]! / 255;
      for (let c = 0; c < 3; c++) layer[to + c] = a * rgba.data[from + c]!;
      layer[to + 3] = a;
    }
  return layer;
}

function soften(layer: Float32Array, plane: number, w: number, h: number, radius: number): void {
  const line = (start: number, step: number, count: number): void => {
    const values = Float32Array.from({ length: count }, (_, i) => layer[start + i * step]!);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += values[Math.min(count - 1, Math.max(0, i + k))]!;
      layer[start + i * step] = sum / (2 * radius + 1);
    }
  };
  for (let pass = 0; pass < 3; pass++) {
    for (let y = 0; y < h; y++) line(y * w * 4 + plane, 4, w);
    for (let x = 0; x < w; x++) line(x * 4 + plane, w * 4, h);
  }
}

async function rgbOf(path: string): Promise<Picture<Uint8Array>> {
  const image = (await decodeImage(path)).frames[0]!.picture as Picture<Uint8Array>;
  return toRgbChannels(image);
}

export function haveData(): boolean {
  return existsSync(DATA);
}
