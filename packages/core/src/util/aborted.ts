import { MattelierError } from "./errors.js";

/** The error of work that was asked to stop. */
export function abortedError(where: string): MattelierError {
  return new MattelierError({
    code: "aborted",
    where,
    expected: "to run to its end",
    got: "a request to stop",
  });
}

/** @throws MattelierError `aborted` when the signal has fired */
export function throwIfAborted(signal: AbortSignal | undefined, where: string): void {
  if (signal?.aborted === true) throw abortedError(where);
}
