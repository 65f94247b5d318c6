import type { ErrorCode, MattelierError } from "@mattelier/core/util";

/** What the process answers with; documented in `mattelier --help`. */
export const EXIT = {
  ok: 0,
  /** The work was done, but some of it failed: each failure was named. */
  someFailed: 1,
  /** Flags, arguments or files given are wrong: nothing was done. */
  usage: 2,
  /** The model, or the hardware provider asked for, is not to be had. */
  unavailable: 3,
  /** A bug of ours. */
  internal: 70,
  /** Ctrl-C: stopped cleanly, no half-written file. */
  interrupted: 130,
  /** Whoever read standard output has gone, as `head` does: what a shell says of a process ended by SIGPIPE. */
  brokenPipe: 141,
} as const;

const UNAVAILABLE: ReadonlySet<ErrorCode> = new Set([
  "provider-missing",
  "invalid-model",
  "download-failed",
  "checksum-mismatch",
  "runtime-failed",
]);

/** The exit code for an error that ended the command. */
export function exitCodeOf(error: MattelierError): number {
  if (error.code === "internal") return EXIT.internal;
  if (error.code === "aborted") return EXIT.interrupted;
  return UNAVAILABLE.has(error.code) ? EXIT.unavailable : EXIT.usage;
}
