import type { Picture } from "../image/index.js";

/** The label that segmentation sets give to pixels that are of no class for sure. It counts as background here. */
export const IGNORED = 255;
/** What index 255 of the VOC palette looks like. */
const VOID = [224, 224, 192] as const;
/** Channels that are further apart than this make a colour; compression alone does not. VOC's void is one. */
const COLOURED = 24;

/** A mask as opacity, [H, W]: its alpha if it has any that varies, else its brightest channel. */
export function opacityOf(mask: Picture<Uint8Array>): Uint8Array {
  const { data, channels } = mask;
  if (channels === 1) return data;
  const alpha = varyingAlpha(mask);
  if (alpha !== undefined) return alpha;
  const out = new Uint8Array(data.length / channels);
  const colours = channels - (channels % 2 === 0 ? 1 : 0);
  for (let p = 0, i = 0; p < out.length; p++, i += channels) {
    let most = data[i]!;
    for (let c = 1; c < colours; c++) if (data[i + c]! > most) most = data[i + c]!;
    out[p] = most;
  }
  return out;
}

/**
 * A mask as labels, [H, W]: 0 background, 255 ignored, anything else a class. Greys are labels as they stand. Of colours,
 * as indexed PNGs decode to, black is 0, VOC's void 255, and every other 1.
 */
export function labelsOf(mask: Picture<Uint8Array>): Uint8Array {
  const out = opacityOf(mask);
  const { data, channels } = mask;
  if (!isColoured(mask)) return out;
  return out.map((value, p) => {
    const i = p * channels;
    const isVoid = VOID.every((v, c) => data[i + c] === v);
    return isVoid ? IGNORED : value === 0 ? 0 : 1;
  });
}

/** What labels are as opacity: every class is subject, ignored pixels are not. */
export const subjectOf = (labels: Uint8Array): Uint8Array =>
  labels.map((label) => (label === 0 || label === IGNORED ? 0 : 255));

/** Whether a mask's classes are told by colours. */
function isColoured(mask: Picture<Uint8Array>): boolean {
  const { data, channels } = mask;
  if (channels < 3 || varyingAlpha(mask) !== undefined) return false;
  for (let i = 0; i < data.length; i += channels) {
    const [r, g, b] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > COLOURED) return true;
  }
  return false;
}

function varyingAlpha({ data, channels }: Picture<Uint8Array>): Uint8Array | undefined {
  if (channels % 2 === 1) return undefined;
  const alpha = Uint8Array.from(
    { length: data.length / channels },
    (_, p) => data[p * channels + channels - 1]!,
  );
  return alpha.some((value) => value !== 255) ? alpha : undefined;
}

/** Different values that one mask of labels may have; soft edges have more. */
const FEW = 64;

/**
 * Whether masks hold labels: few different values or colours in each, and classes by colour or by numbers below 128 that
 * cover more than 255 does, which is "ignored" beside them. Where all are grey, next to nothing lies between.
 */
export function holdLabels(masks: readonly Picture<Uint8Array>[]): boolean {
  const counts = new Array<number>(256).fill(0);
  for (const mask of masks) {
    if (distinctValues(mask) > FEW) return false;
    for (const label of labelsOf(mask)) counts[label]!++;
  }
  const sum = (from: number, to: number): number => counts.slice(from, to).reduce((a, b) => a + b, 0);
  const classes = sum(1, 128);
  if (classes <= sum(IGNORED, 256)) return false;
  return masks.some(isColoured) || classes > 1000 * sum(128, IGNORED);
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
