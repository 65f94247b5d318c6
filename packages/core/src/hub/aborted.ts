import { MattelierError } from "../util/errors.js";

/** The error that an aborted operation rejects with. */
export function abortedError(where: string): MattelierError {
  return new MattelierError({
    code: "aborted",
    where,
    expected: "to be left to finish",
    got: "an abort signal",
  });
}

/** @throws MattelierError `aborted` when the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted === true) throw abortedError(where);
}
