import { MattelierError } from "../../util/index.js";
import { BrokenSample } from "./sample-reader.js";

/** How many other samples may turn out broken before a place is given up. */
const MAX_REPLACEMENTS = 16;

export interface FirstReadableOptions<T> {
  /** @param attempt from 0 */
  readonly draw: (attempt: number) => Promise<T>;
  /** Takes note of a broken file. What it gives ends the search; undefined lets another be drawn. */
  readonly onBroken: (broken: BrokenSample, attempt: number) => T | undefined;
  /** What errors name. */
  readonly where: string;
}

/**
 * What is drawn first of which every file can be used.
 * @throws MattelierError `invalid-data` when replacements are broken too; what `draw` and `onBroken` throw
 */
export async function firstReadable<T>({ draw, onBroken, where }: FirstReadableOptions<T>): Promise<T> {
  let reason = "";
  for (let attempt = 0; attempt <= MAX_REPLACEMENTS; attempt++)
    try {
      return await draw(attempt);
    } catch (error) {
      if (!(error instanceof BrokenSample)) throw error;
      const instead = onBroken(error, attempt);
      if (instead !== undefined) return instead;
      reason = error.message;
    }
  throw new MattelierError({
    code: "invalid-data",
    where,
    expected: `a readable picture within ${MAX_REPLACEMENTS + 1} drawn`,
    got: `none, the last because ${reason}`,
    fix: "`mattelier dataset check` lists the files that are broken.",
  });
}
