import { join, resolve } from "node:path";
import { MattelierError } from "../util/index.js";
import type { OpenSet } from "./open-source.js";
import type { Sample } from "./sample.js";

/**
 * Sets whose samples are told apart by name: as they are, or, where two of them call different photos the same, every
 * name with its set's folder before it (and folders above that, where two are called the same). That depends on the
 * whole sets alone, not on what is drawn of them.
 * @throws MattelierError `invalid-config` when that does not help
 */
export function toldApart(sets: readonly OpenSet[], where: string): readonly OpenSet[] {
  if (clashOf(sets) === undefined) return sets;
  const labels = shortestEnds(sets.map(({ path, source }) => resolve(join(path, source.images ?? ""))));
  const named = sets.map((set, i) => {
    const labelled = (samples: readonly Sample[]): Sample[] =>
      samples.map((sample) => ({ ...sample, name: `${labels[i]!}/${sample.name}` }));
    return { ...set, samples: labelled(set.samples), whole: labelled(set.whole) };
  });
  const clash = clashOf(named);
  if (clash === undefined) return named;
  throw new MattelierError({
    code: "invalid-config",
    where,
    expected: "sets whose photos can be told apart by folder and name",
    got: `${clash} for two photos`,
    fix: "name another folder for one of them, such as the one that its photos lie in.",
  });
}

/** A name that stands for two photos. */
function clashOf(sets: readonly OpenSet[]): string | undefined {
  const known = new Map<string, string>();
  for (const { name, imagePath } of sets.flatMap(({ whole }) => whole)) {
    const path = resolve(imagePath);
    if ((known.get(name) ?? path) !== path) return name;
    known.set(name, path);
  }
  return undefined;
}

/** Of each path, as many last steps as tell it from the others. */
function shortestEnds(paths: readonly string[]): string[] {
  const end = (path: string, steps: number): string => path.split(/[/\\]/).slice(-steps).join("/");
  return paths.map((path) => {
    const others = paths.filter((other) => other !== path);
    let steps = 1;
    while (others.some((other) => end(other, steps) === end(path, steps))) steps++;
    return end(path, steps);
  });
}
