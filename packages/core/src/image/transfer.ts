import type { Samples } from "./picture.js";

/** sRGB's transfer curve (IEC 61966-2-1): encoded 0..1 to linear light 0..1. */
export function srgbToLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Linear light 0..1 to sRGB 0..1. */
export function linearToSrgb(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

const tables = new Map<number, Float32Array>();

/** Linear light of every sample value: 256 or 65536 entries, made once. */
export function linearTable(samples: Samples): Float32Array {
  const count = samples instanceof Uint16Array ? 65536 : 256;
  let table = tables.get(count);
  if (table === undefined) {
    table = Float32Array.from({ length: count }, (_, i) => srgbToLinear(i / (count - 1)));
    tables.set(count, table);
  }
  return table;
}
