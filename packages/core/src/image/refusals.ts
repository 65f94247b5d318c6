import { MattelierError } from "../util/index.js";

/** Not a picture, or a broken one. */
export function invalidImage(
  where: string,
  facts: { expected: string; got: string; fix?: string; cause?: unknown },
): MattelierError {
  return new MattelierError({ code: "invalid-image", where, ...facts });
}

export function aborted(where: string): MattelierError {
  return new MattelierError({
    code: "aborted",
    where,
    expected: "to run to its end",
    got: "a request to stop",
  });
}

/** @throws MattelierError `aborted` when the signal says so */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted === true) throw aborted(where);
}

/** 12000000 as "12.0 megapixels". */
export function megapixels(count: number): string {
  return count < 100_000 ? `${count} pixels` : `${(count / 1e6).toFixed(1)} megapixels`;
}
