import { createRng, MattelierError } from "../util/index.js";
import { counted } from "./layouts/layout.js";
import { shuffle } from "./loader/order.js";
import type { Sample } from "./sample.js";

/**
 * Part samples at random, by counts (`{ train: 77, val: 20 }`; the rest is left out) or by shares
 * (`{ train: 0.8, val: 0.2 }`). The same samples, parts and seed give the same split; each part is in the
 * samples' order.
 * @param options.of what errors call the samples' set
 * @param options.mayBeEmpty whether a share may come to no sample
 * @throws MattelierError `invalid-config` when parts ask for more than there is, or for nothing
 */
export function splitSamples<Part extends string>(
  samples: readonly Sample[],
  parts: Readonly<Record<Part, number>>,
  {
    seed,
    where = "split",
    of,
    mayBeEmpty = false,
  }: {
    readonly seed: number;
    readonly where?: string;
    readonly of?: string | undefined;
    readonly mayBeEmpty?: boolean;
  },
): Record<Part, Sample[]> {
  const entries = Object.entries(parts) as [Part, number][];
  const sizes = sizesOf(entries, samples.length, { where, of, mayBeEmpty });
  const order = shuffle(
    Uint32Array.from(samples, (_, i) => i),
    createRng(seed).fork("split"),
  );
  let from = 0;
  return Object.fromEntries(
    entries.map(([part], i) => {
      const chosen = order.slice(from, (from += sizes[i]!)).sort();
      return [part, Array.from(chosen, (index) => samples[index]!)];
    }),
  ) as Record<Part, Sample[]>;
}

function sizesOf(
  entries: readonly (readonly [string, number])[],
  count: number,
  {
    where,
    of,
    mayBeEmpty,
  }: { readonly where: string; readonly of: string | undefined; readonly mayBeEmpty: boolean },
): number[] {
  const there = `the ${counted(count, "sample")} ${of === undefined ? "that there are" : `of ${of}`}`;
  const shares = entries.every(([, value]) => value > 0 && value < 1);
  const sum = entries.reduce((total, [, value]) => total + value, 0);
  const wrong = (expected: string, which = entries, fix?: string): MattelierError =>
    new MattelierError({
      code: "invalid-config",
      where,
      expected,
      got: which.map(([part, value]) => `${part}: ${Number(value.toPrecision(6))}`).join(", "),
      ...(fix === undefined ? {} : { fix }),
    });
  if (shares) {
    if (sum > 1 + 1e-9) throw wrong("shares that add up to 1 at most");
    // The last part takes what rounding leaves, if the shares are of all.
    const sizes = entries.map(([, share]) => Math.round(share * count));
    if (Math.abs(sum - 1) < 1e-9) sizes[sizes.length - 1]! += count - sizes.reduce((a, b) => a + b, 0);
    const none = entries.filter((_, i) => sizes[i]! < 1);
    if (none.length > 0 && !mayBeEmpty)
      throw wrong(
        `shares that come to a sample or more of ${there}`,
        none,
        `give counts, as in ${none[0]![0]}: 1, more pictures, or a set apart for it.`,
      );
    return sizes;
  }
  if (!entries.every(([, value]) => Number.isInteger(value) && value >= 1))
    throw wrong("counts of samples, or shares between 0 and 1");
  if (sum > count) throw wrong(`at most ${there}`);
  return entries.map(([, value]) => value);
}

/**
 * The samples of a list of names, each once, in the list's order: `0001`, `0001.jpg`, or with folders before it. Of those,
 * as many count as a sample's name has: `images/c2/0001.jpg` is `c2/0001`. Folders that a name has and a sample's has not
 * must be of no sample (`images`), or the name is that of another folder's photo.
 * @throws MattelierError `invalid-data` when a name is of no sample or fits several, or the list is empty
 */
export function selectByName(
  samples: readonly Sample[],
  names: readonly string[],
  { where }: { readonly where: string },
): Sample[] {
  const known = byEnds(samples);
  const folders = new Set(samples.flatMap(({ name }) => foldersOf(name)));
  const found = names.map((name) => fitting(known, folders, name));
  const missing = names.filter((_, i) => found[i]!.length === 0);
  if (names.length === 0 || missing.length > 0)
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "names of samples of the set",
      got:
        names.length === 0
          ? "an empty list"
          : `${missing.length} of ${names.length} that it has not, such as ${missing.slice(0, 3).join(", ")}`,
    });
  const doubtful = found.findIndex((fits) => fits.length > 1);
  if (doubtful >= 0) {
    const [a, b] = found[doubtful]!;
    throw new MattelierError({
      code: "invalid-data",
      where,
      expected: "names that fit one sample each",
      got: `${names[doubtful]!}, which fits ${a!.name} and ${b!.name}`,
      fix: "write its folder before it.",
    });
  }
  return [...new Set(found.map(([sample]) => sample!))];
}

/** Samples by every end of their names that is whole between slashes: `a/b/c`, `b/c` and `c`. */
function byEnds(samples: readonly Sample[]): ReadonlyMap<string, readonly Sample[]> {
  const known = new Map<string, Sample[]>();
  for (const sample of samples)
    for (const end of endsOf(sample.name)) {
      const same = known.get(end);
      if (same === undefined) known.set(end, [sample]);
      else same.push(sample);
    }
  return known;
}

/**
 * The samples that the longest end of a name fits; one alone where it is that sample's whole name.
 * @param folders of all samples
 */
function fitting(
  known: ReadonlyMap<string, readonly Sample[]>,
  folders: ReadonlySet<string>,
  name: string,
): readonly Sample[] {
  const given = foldersOf(name).filter((folder) => folders.has(folder));
  for (const end of endsOf(name))
    for (const written of [end, end.replace(/\.[^./]+$/, "")]) {
      const fits = known.get(written) ?? [];
      const whole = fits.find((sample) => sample.name === written);
      if (whole !== undefined) return [whole];
      const own = fits.filter((sample) => given.every((folder) => foldersOf(sample.name).includes(folder)));
      if (own.length > 0) return own;
    }
  return [];
}

/** A path's steps but the last. */
const foldersOf = (path: string): string[] => path.split(/[/\\]/).slice(0, -1);

/** Of a path, longest first, with slashes. */
function endsOf(path: string): string[] {
  const steps = path.split(/[/\\]/);
  return steps.map((_, i) => steps.slice(i).join("/"));
}
