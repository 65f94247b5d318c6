import type { Picture } from "../image/index.js";
import type { MaskValues } from "./sample.js";

/** The label that segmentation sets give to pixels that are of no class for sure. It counts as background here. */
export const IGNORED = 255;
/** What index 255 of the VOC palette looks like. */
const VOID = [224, 224, 192] as const;
/** Channels that are further apart than this make a colour; compression alone does not. VOC's void is one. */
const COLOURED = 24;

/** A mask as opacity, [H, W]: its alpha if it has any that varies, else its brightest channel. */
export const opacityOf = (mask: Picture<Uint8Array>): Uint8Array => varyingAlpha(mask) ?? brightest(mask);

/**
 * A mask as labels, [H, W]: 0 background, 255 ignored, anything else a class. Greys are labels as they stand. Of colours, as
 * indexed PNGs decode to, black is 0, VOC's void 255, and every other 1; white too, in masks of a set that has colours.
 */
export function labelsOf(mask: Picture<Uint8Array>, by: "labels" | "colours"): Uint8Array {
  const { data, channels } = mask;
  const alpha = varyingAlpha(mask);
  const values = alpha ?? brightest(mask);
  const coloured = isColoured(mask, alpha);
  if (by === "labels" && !coloured) return values;
  const out = new Uint8Array(values.length);
  for (let p = 0, i = 0; p < out.length; p++, i += channels) {
    const isVoid = coloured && data[i] === VOID[0] && data[i + 1] === VOID[1] && data[i + 2] === VOID[2];
    out[p] = isVoid ? IGNORED : Math.min(values[p]!, 1);
  }
  return out;
}

/** What labels are as opacity: every class is subject, ignored pixels are not. */
export function subjectOf(labels: Uint8Array): Uint8Array {
  const out = new Uint8Array(labels.length);
  for (let p = 0; p < out.length; p++) out[p] = labels[p] === 0 || labels[p] === IGNORED ? 0 : 255;
  return out;
}

/** The brightest channel of each pixel but alpha, [H, W]; of one channel, the pixels themselves. */
function brightest({ data, channels }: Picture<Uint8Array>): Uint8Array {
  if (channels === 1) return data;
  const out = new Uint8Array(data.length / channels);
  const colours = channels - (channels % 2 === 0 ? 1 : 0);
  for (let p = 0, i = 0; p < out.length; p++, i += channels) {
    let most = data[i]!;
    for (let c = 1; c < colours; c++) if (data[i + c]! > most) most = data[i + c]!;
    out[p] = most;
  }
  return out;
}

/** Whether a mask tells by colours, not by the alpha that was found in it. */
function isColoured({ data, channels }: Picture<Uint8Array>, alpha: Uint8Array | undefined): boolean {
  if (channels < 3 || alpha !== undefined) return false;
  for (let i = 0; i < data.length; i += channels) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > COLOURED) return true;
  }
  return false;
}

/** A mask's alpha, [H, W], unless it has none or all of it is opaque. */
function varyingAlpha({ data, channels }: Picture<Uint8Array>): Uint8Array | undefined {
  if (channels % 2 === 1) return undefined;
  const alpha = new Uint8Array(data.length / channels);
  let varies = false;
  for (let p = 0, i = channels - 1; p < alpha.length; p++, i += channels) {
    alpha[p] = data[i]!;
    if (alpha[p] !== 255) varies = true;
  }
  return varies ? alpha : undefined;
}

/** Different values that one mask of labels may have; soft edges have more. */
const FEW = 64;

/**
 * What masks hold. Labels are few different values or colours in each, and classes by colour or by numbers below 128 that
 * cover more than 255 does, which is "ignored" beside them. Where all are grey, next to nothing lies between.
 * @param masks asked for one after another, up to the first that holds no labels
 */
export async function maskValuesOf(masks: AsyncIterable<Picture<Uint8Array>>): Promise<MaskValues> {
  const greys = new Float64Array(256);
  const colours = new Float64Array(256);
  for await (const mask of masks) {
    if (distinctValues(mask) > FEW) return "matte";
    const counts = isColoured(mask, varyingAlpha(mask)) ? colours : greys;
    for (const label of labelsOf(mask, "labels")) counts[label]!++;
  }
  const sum = (from: number, to: number): number => greys.subarray(from, to).reduce((a, b) => a + b, 0);
  if (colours[1]! > 0) return colours[1]! + sum(1, 256) > colours[IGNORED]! ? "colours" : "matte";
  const classes = sum(1, 128);
  return classes > sum(IGNORED, 256) && classes > 1000 * sum(128, IGNORED) ? "labels" : "matte";
}

function distinctValues({ data, channels }: Picture<Uint8Array>): number {
  const seen = new Set<number>();
  for (let i = 0; i < data.length && seen.size <= FEW; i += channels) {
    let value = 0;
    for (let c = i; c < i + channels; c++) value = (value << 8) | data[c]!;
    seen.add(value);
  }
  return seen.size;
}

/**
 * The values between 0 and 255 of a matte that has few and whole areas of them, as classes have: edges, even stepped ones,
 * make none. Empty for others.
 */
export function steppedValues(alphaU8: Uint8Array, widthPx: number): number[] {
  const values = new Set<number>();
  const areas = new Map<number, number>();
  for (let p = 0; p < alphaU8.length; p++) {
    const value = alphaU8[p]!;
    if (value === 0 || value === 255) continue;
    values.add(value);
    if (values.size > MAX_STEPS) return [];
    const inRow = (p + 1) % widthPx !== 0;
    if (inRow && alphaU8[p + 1] === value && alphaU8[p + widthPx] === value)
      areas.set(value, (areas.get(value) ?? 0) + 1);
  }
  return [...areas]
    .filter(([, count]) => count > MIN_AREA * alphaU8.length)
    .map(([value]) => value)
    .sort((a, b) => a - b);
}

const MAX_STEPS = 16;
/** Share of the picture that is an area. */
const MIN_AREA = 0.005;
