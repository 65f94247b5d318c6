import { readFile } from "node:fs/promises";
import { shuffle, type Sample } from "../../data/index.js";
import { fileError } from "../../files/index.js";
import { createRng, MattelierError, nearestName } from "../../util/index.js";

/**
 * The samples that a split file names, one a line, with or without the file's ending.
 * @throws MattelierError `not-found`, `unreadable`; `invalid-data` for a name that is not in the set
 */
export async function namedIn(splitFile: string, samples: readonly Sample[]): Promise<Sample[]> {
  let text: string;
  try {
    text = await readFile(splitFile, "utf8");
  } catch (error) {
    throw fileError(error, { where: splitFile, doing: "reading" });
  }
  const byName = new Map(samples.map((sample) => [sample.name, sample]));
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const found = byName.get(line) ?? byName.get(line.replace(/\.[A-Za-z]{3,4}$/, ""));
      if (found !== undefined) return found;
      const nearest = nearestName(line, byName.keys());
      throw new MattelierError({
        code: "invalid-data",
        where: splitFile,
        expected: `names of the set's ${samples.length} samples`,
        got: JSON.stringify(line),
        ...(nearest === undefined ? {} : { fix: `did you mean ${nearest}?` }),
      });
    });
}

/**
 * Part samples by the seed: the first `count` of a shuffled order, and the rest, both in their own order.
 * The seed's choice depends on names alone, not on where the files lie.
 */
export function drawn<S extends { readonly name: string }>(
  samples: readonly S[],
  count: number,
  { seed, purpose }: { readonly seed: number; readonly purpose: string },
): { readonly drawn: S[]; readonly rest: S[] } {
  const order = samples.map((_, i) => i).sort((a, b) => (samples[a]!.name < samples[b]!.name ? -1 : 1));
  shuffle(order, createRng(seed).fork(purpose));
  const chosen = new Set(order.slice(0, count));
  return {
    drawn: samples.filter((_, i) => chosen.has(i)),
    rest: samples.filter((_, i) => !chosen.has(i)),
  };
}
