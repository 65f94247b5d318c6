/** Every code an error of ours can bear. `internal` marks a bug of ours, never a user's mistake. */
export type ErrorCode =
  | "internal"
  | "invalid-argument"
  | "invalid-config"
  | "invalid-graph"
  | "invalid-model"
  | "invalid-image"
  | "invalid-data"
  | "shape-mismatch"
  | "dtype-mismatch"
  | "not-differentiable"
  | "not-finite"
  | "unsupported"
  | "unknown-name"
  | "not-found"
  | "unreadable"
  | "unwritable"
  | "exists"
  | "too-large"
  | "checksum-mismatch"
  | "download-failed"
  | "provider-missing"
  | "runtime-failed"
  | "aborted";

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** What was being done, as a person would name it: a file, `concat(axis=1)`, a module path. */
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it: a command, a flag, a change. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/** An error as data: applications render the facts, nothing parses the text. */
export class MattelierError extends Error {
  readonly code: ErrorCode;
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  readonly fix: string | undefined;

  constructor(facts: ErrorFacts) {
    super(sentence(facts), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "MattelierError";
    this.code = facts.code;
    this.where = facts.where;
    this.expected = facts.expected;
    this.got = facts.got;
    this.fix = facts.fix;
  }

  /** The facts alone: what structured clone and JSON carry across threads and HTTP. */
  toFacts(): ErrorFacts {
    const { code, where, expected, got, fix } = this;
    return { code, where, expected, got, ...(fix === undefined ? {} : { fix }) };
  }
}

function sentence({ code, where, expected, got, fix }: ErrorFacts): string {
  const head = code === "internal" ? `internal: ${where}` : where;
  return `${head}: expected ${expected}; got ${got}.${fix === undefined ? "" : ` Fix: ${fix}`}`;
}

/** A broken invariant of ours. */
export function internalError(where: string, expected: string, got: string): MattelierError {
  return new MattelierError({ code: "internal", where, expected, got });
}

/** The message of anything thrown, on one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ").trim();
}
