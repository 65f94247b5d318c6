import { MattelierError, messageOf } from "../util/errors.js";

/** The error of something that a signal stopped. */
export function abortedBy(signal: AbortSignal, where: string): MattelierError {
  const reason: unknown = signal.reason;
  return new MattelierError({
    code: "aborted",
    where,
    expected: "to run to its end",
    got: reason === undefined ? "an abort signal" : `an abort signal (${messageOf(reason)})`,
    cause: reason,
  });
}

/** The error of something that waited for a session that was disposed of, or came after that. */
export function disposedError(where: string): MattelierError {
  return new MattelierError({
    code: "aborted",
    where,
    expected: "a live session",
    got: "one that was disposed of",
    fix: "call dispose() after the last run has settled, or create a new session",
  });
}
