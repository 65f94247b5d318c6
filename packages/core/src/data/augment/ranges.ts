import * as z from "zod";
import type { Rng } from "../../util/index.js";

/** A closed range that a number is drawn from. */
export type Range = readonly [low: number, high: number];

/** Schema of a range within limits; a single number stands for one that is always drawn. */
export function range(min: number, max: number): z.ZodType<Range> {
  const bound = z.number().min(min).max(max);
  return z
    .union([bound.transform((x): Range => [x, x]), z.tuple([bound, bound])], {
      error: `a number from ${min} to ${max}, or [low, high]`,
    })
    .refine(([low, high]) => low <= high, { error: "the low end first" });
}

export function drawFrom([low, high]: Range, rng: Rng): number {
  return low + (high - low) * rng.uniform();
}

/** Drawn evenly in the logarithm: halving is as likely as doubling. */
export function drawLogarithmically([low, high]: Range, rng: Rng): number {
  return Math.exp(drawFrom([Math.log(low), Math.log(high)], rng));
}
