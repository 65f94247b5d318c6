/** A seeded stream of random numbers. Everything random takes one as an argument. */
export interface Rng {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** An independent stream for a named purpose: the same name gives the same stream. */
  fork(name: string): Rng;
  /** What `createRng(state)` needs to go on from here. */
  state(): RngState;
}

export interface RngState {
  readonly words: readonly [number, number, number, number];
  readonly spareNormal: number | undefined;
}

/** FNV-1a, 32 bits, over UTF-8 bytes. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) h = Math.imul(h ^ byte, 0x01000193);
  return h >>> 0;
}

/** splitmix32: spreads a seed over as many words as asked for. */
function spread(seed: number, count: number): number[] {
  let x = seed | 0;
  return Array.from({ length: count }, () => {
    x = (x + 0x9e3779b9) | 0;
    let z = x;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  });
}

/** A stream by xoshiro128** (Blackman & Vigna 2018), from a seed or from a saved state. */
export function createRng(from: number | RngState): Rng {
  const start = typeof from === "number" ? spread(from, 4) : from.words;
  let [a, b, c, d] = start as [number, number, number, number];
  let spare = typeof from === "number" ? undefined : from.spareNormal;

  const next = (): number => {
    const times5 = Math.imul(b, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  };

  const rng: Rng = {
    uniform: () => next() / 2 ** 32,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // Marsaglia's polar method: two normals at a time.
      for (;;) {
        const x = 2 * rng.uniform() - 1;
        const y = 2 * rng.uniform() - 1;
        const r = x * x + y * y;
        if (r >= 1 || r === 0) continue;
        const scale = Math.sqrt((-2 * Math.log(r)) / r);
        spare = y * scale;
        return x * scale;
      }
    },
    integer: (n) => Math.floor(rng.uniform() * n),
    fork: (name) => createRng((hash32(name) ^ Math.imul(a, 0x9e3779b9) ^ d) >>> 0),
    state: () => ({ words: [a >>> 0, b >>> 0, c >>> 0, d >>> 0], spareNormal: spare }),
  };
  return rng;
}
