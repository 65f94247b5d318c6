import { createRng, type Rng } from "../../util/index.js";
import type { PoolPart } from "../pool.js";

/**
 * Which sample comes at which place of an epoch: a function of the seed and the epoch alone. Each set gives its samples
 * as often as its weight says; a fraction is a fresh random choice each epoch.
 */
export function epochOrder(parts: readonly PoolPart[], seed: number, epoch: number): Uint32Array {
  const rng = createRng(seed).fork(`epoch:${epoch}`);
  const drawn: number[] = [];
  let first = 0;
  for (const [i, { count, weight }] of parts.entries()) {
    const own = Uint32Array.from({ length: count }, (_, k) => first + k);
    const whole = Math.floor(weight);
    for (let k = 0; k < whole; k++) for (const index of own) drawn.push(index);
    const rest = Math.round((weight - whole) * count);
    if (rest > 0) {
      shuffle(own, rng.fork(`part:${i}`));
      for (const index of own.subarray(0, rest)) drawn.push(index);
    }
    first += count;
  }
  return shuffle(Uint32Array.from(drawn), rng.fork("order"));
}

/** Samples in an epoch, whatever its number. */
export function epochLength(parts: readonly PoolPart[]): number {
  return parts.reduce((sum, { count, weight }) => {
    const whole = Math.floor(weight);
    return sum + whole * count + Math.round((weight - whole) * count);
  }, 0);
}

/** Every sample once, as it stands. */
export function plainOrder(parts: readonly PoolPart[]): Uint32Array {
  return Uint32Array.from({ length: parts.reduce((sum, { count }) => sum + count, 0) }, (_, i) => i);
}

/** Fisher and Yates, in place. */
export function shuffle<A extends { [index: number]: number; readonly length: number }>(
  array: A,
  rng: Rng,
): A {
  for (let i = array.length - 1; i > 0; i--) {
    const j = rng.integer(i + 1);
    const kept = array[i]!;
    array[i] = array[j]!;
    array[j] = kept;
  }
  return array;
}
