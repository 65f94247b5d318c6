import type { Fingerprint } from "./fingerprint.js";

export interface NearDuplicate {
  readonly a: number;
  readonly b: number;
  /** Of thumbnails, in (0.95, 1]. */
  readonly correlation: number;
}

/** Bits that may differ. */
const MAX_DISTANCE = 7;
const MIN_CORRELATION = 0.95;
const BANDS = MAX_DISTANCE + 1;

/**
 * Pairs of pictures that look the same: at most 7 of 64 bits apart, and thumbnails that correlate above 0.95. Two
 * hashes 7 bits apart agree on one of 8 bytes at least, so only pictures that share a byte in its place are compared.
 * @param prints undefined for pictures that could not be read
 */
export function nearDuplicates(prints: readonly (Fingerprint | undefined)[]): NearDuplicate[] {
  const found: NearDuplicate[] = [];
  const seen = new Set<number>();
  for (let band = 0; band < BANDS; band++) {
    const buckets = new Map<number, number[]>();
    for (const [i, print] of prints.entries()) {
      if (print === undefined) continue;
      const byte = (print.bits[band >> 2]! >>> (8 * (band & 3))) & 255;
      const bucket = buckets.get(byte);
      if (bucket === undefined) {
        buckets.set(byte, [i]);
        continue;
      }
      for (const j of bucket) {
        const other = prints[j]!;
        if (distance(print, other) > MAX_DISTANCE) continue;
        const pair = j * prints.length + i;
        if (seen.has(pair)) continue;
        seen.add(pair);
        const r = correlation(print, other);
        if (r > MIN_CORRELATION) found.push({ a: j, b: i, correlation: r });
      }
      bucket.push(i);
    }
  }
  return found.sort((x, y) => x.a - y.a || x.b - y.b);
}

function distance(p: Fingerprint, q: Fingerprint): number {
  return ones(p.bits[0] ^ q.bits[0]) + ones(p.bits[1] ^ q.bits[1]);
}

/** Set bits of 32 (Hacker's Delight, figure 5-2). */
function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function correlation(p: Fingerprint, q: Fingerprint): number {
  let sum = 0;
  for (let i = 0; i < p.thumbnail.length; i++) sum += p.thumbnail[i]! * q.thumbnail[i]!;
  return sum;
}
