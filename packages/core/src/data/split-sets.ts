import * as z from "zod";
import { MattelierError } from "../util/index.js";
import type { OpenSet } from "./open-source.js";
import { splitSamples } from "./split.js";

const part = z.number().positive();

const sizes = z.strictObject({
  train: part.optional(),
  val: part,
  test: part.optional(),
  seed: z.int().default(0),
});
type Split = z.output<typeof sizes>;

/** How sets are parted: all by counts, or all by shares. */
export const splitSchema = sizes.refine(
  (split) => {
    const given = sizesOf(split).map(([, size]) => size);
    return given.every((size) => size < 1) || given.every((size) => Number.isInteger(size));
  },
  { error: "counts of samples, or shares between 0 and 1" },
);

/** Parts of sets: of each set the same parts, in the sets' order. */
export interface SplitSets {
  readonly train: readonly OpenSet[];
  readonly val: readonly OpenSet[];
  /** None without `split.test`. */
  readonly test: readonly OpenSet[];
  readonly said: string;
}

/**
 * Part every set by itself, so that each is in every part as in the whole; of several, one too small for a part has none in
 * it. What is not said of `train` is the rest.
 * @throws MattelierError `invalid-config` when a part would be empty or larger than its set, or for counts of several sets
 */
export function splitSets(sets: readonly OpenSet[], split: Split, where: string): SplitSets {
  if (sets.length > 1 && split.val >= 1)
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: "shares between 0 and 1 where several sets are split",
      got: `counts for ${sets.length} sets`,
    });
  const parts = sets.map((set) => splitOne(set, split, { where, mayBeEmpty: sets.length > 1 }));
  const of = (name: string): OpenSet[] =>
    parts.flatMap((part) => part[name] ?? []).filter(({ samples }) => samples.length > 0);
  const count = (name: string): number => of(name).reduce((sum, { samples }) => sum + samples.length, 0);
  const counts = ["train", "val", "test"].filter((name) => count(name) > 0);
  const empty = sizesOf(split).filter(([name]) => count(name) === 0);
  if (empty.length > 0) throw allTooSmall(sets, empty, where);
  return {
    train: of("train"),
    val: of("val"),
    test: of("test"),
    said: counts.map((name) => `${count(name)} ${name}`).join(", "),
  };
}

function allTooSmall(
  sets: readonly OpenSet[],
  parts: readonly (readonly [part: string, size: number])[],
  where: string,
): MattelierError {
  const counts = sets.map(({ samples, source }) => `${samples.length} of ${source.path}`);
  return new MattelierError({
    code: "invalid-config",
    where,
    expected: `shares that come to a sample or more of one of the sets (${counts.join(", ")})`,
    got: listed(parts),
    fix: "give larger shares, more pictures, or a set apart for it.",
  });
}

function splitOne(
  set: OpenSet,
  split: Split,
  { where, mayBeEmpty }: { readonly where: string; readonly mayBeEmpty: boolean },
): Record<string, OpenSet> {
  const { samples, source } = set;
  const whole = split.val < 1 ? 1 : samples.length;
  const rest = whole - split.val - (split.test ?? 0);
  if (split.train === undefined && rest < (split.val < 1 ? 1e-9 : 1)) {
    const most = split.val < 1 ? "less than all" : `at most ${samples.length - 1}`;
    throw new MattelierError({
      code: "invalid-config",
      where,
      expected: `${most} of the ${samples.length} samples of ${source.path}, to leave some to train on`,
      got: listed(sizesOf(split)),
    });
  }
  const parts = Object.fromEntries(sizesOf({ ...split, train: split.train ?? rest }));
  const parted = splitSamples(samples, parts, { seed: split.seed, where, of: source.path, mayBeEmpty });
  return Object.fromEntries(
    Object.entries(parted).map(([part, taken]) => [part, { ...set, samples: taken }]),
  );
}

/** The parts whose sizes are known. */
function sizesOf({ train, val, test }: Omit<Split, "seed">): [part: string, size: number][] {
  const known = Object.entries({ train, val, test });
  return known.flatMap(([part, size]) => (size === undefined ? [] : [[part, size]]));
}

const listed = (parts: readonly (readonly [part: string, size: number])[]): string =>
  parts.map(([part, size]) => `${part}: ${size}`).join(", ");
