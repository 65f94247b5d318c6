import { MattelierError } from "../util/index.js";
import type { Sample } from "./sample.js";

/** What a loader draws from: the samples of one or more sets, and photos to compose cut-outs on. */
export interface SamplePool {
  readonly samples: readonly Sample[];
  /** The sets in the order of `samples`; their counts add up to all of them. */
  readonly parts: readonly PoolPart[];
  /** Paths. */
  readonly backgrounds: readonly string[];
}

export interface PoolPart {
  readonly count: number;
  /** How often each of its samples comes in an epoch: 2 is twice, 0.5 is a fresh half of them each epoch. */
  readonly weight: number;
}

/**
 * Join sets into a pool.
 * @throws MattelierError `invalid-data` when there is nothing in it, or cut-outs and no background
 */
export function poolOf(
  sets: readonly { readonly samples: readonly Sample[]; readonly weight?: number | undefined }[],
  { backgrounds = [], where = "data" }: { backgrounds?: readonly string[]; where?: string } = {},
): SamplePool {
  const samples = sets.flatMap((set) => set.samples);
  if (samples.length === 0)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "at least one training picture",
      got: "none left",
      fix: "check the folders, split files and counts.",
    });
  const cutout = samples.find(({ kind }) => kind === "cutout");
  if (cutout !== undefined && backgrounds.length === 0)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "photos to compose cut-outs on",
      got: `the cut-out ${cutout.name} and no background`,
      fix: "name a folder of photos as backgrounds.",
    });
  return {
    samples,
    parts: sets.map((set) => ({ count: set.samples.length, weight: set.weight ?? 1 })),
    backgrounds,
  };
}
