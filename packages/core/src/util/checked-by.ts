import type * as z from "zod";
import { MattelierError, type ErrorCode } from "./errors.js";
import { nearestName } from "./nearest-name.js";
import { keysAt, TYPE_WORDS, valueAt } from "./schema-walk.js";

/** Which error a value that does not fit raises, and how it names the place. */
export interface CheckContext {
  /** What the value is, such as its file: the path of what is wrong follows. Or what makes a place of that path. */
  readonly where: string | ((path: string) => string);
  readonly code: ErrorCode;
  /** What to do where no name is near what was written. */
  readonly fix?: string | undefined;
}

/**
 * Check a value against a schema at the edge.
 * @throws MattelierError naming the path of the deepest thing that does not fit, the values or keys that may be there,
 *   and the nearest of them
 */
export function checkedBy<T>(schema: z.ZodType<T>, value: unknown, { where, code, fix }: CheckContext): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues);
  const path = issue.path.map(String).join(".");
  const choices = choicesOf(issue, schema, value);
  const got = valueAt(value, issue.path);
  const key = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const named = key ?? (typeof got === "string" ? got : undefined);
  const nearest = named === undefined ? undefined : nearestName(named, choices);
  const quoted = key === undefined ? JSON.stringify(nearest) : nearest;
  const help = nearest === undefined ? fix : `did you mean ${quoted}?`;
  throw new MattelierError({
    code,
    where: typeof where === "function" ? where(path) : path === "" ? where : `${where}: ${path}`,
    expected: ownMessage(issue) ?? expectedBy(issue, choices),
    got: key === undefined ? shownValue(got) : `the key ${JSON.stringify(key)}`,
    ...(help === undefined ? {} : { fix: help }),
  });
}

/** Places of a value that has a place itself: `data` and the path `train.0` make `data.train.0`. */
export const within =
  (where: string) =>
  (path: string): string =>
    path === "" ? where : `${where}.${path}`;

/** The issue at the deepest place, within the alternatives of unions too: that one was meant. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [first, ...rest] = issues.flatMap(withoutUnions);
  return rest.reduce((best, issue) => (weight(issue) > weight(best) ? issue : best), first!);
}

/** Unions whose alternatives say what is wrong, taken apart; those that want values of other types, left whole. */
function withoutUnions(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const inner = issue.errors.flatMap((branch) =>
    branch.flatMap((one) => withoutUnions({ ...one, path: [...issue.path, ...one.path] })),
  );
  const isOfOtherType = (one: z.core.$ZodIssue): boolean =>
    one.path.length === issue.path.length && (one.code === "invalid_type" || one.code === "invalid_union");
  return inner.every(isOfOtherType) ? [issue] : inner;
}

/** Depth first; at the same depth a name that is not known says more than a value of another type or none. */
function weight({ code, path }: z.core.$ZodIssue): number {
  if (code === "unrecognized_keys") return path.length + 1.6;
  if (code === "invalid_value") return path.length + 0.5;
  return path.length + (code === "invalid_type" || code === "invalid_union" ? 0 : 0.4);
}

/** What an issue says in the schema's own words, if the schema has some for it. */
function ownMessage({ message }: z.core.$ZodIssue): string | undefined {
  return /^(Invalid|Too|Unrecognized) /.test(message) ? undefined : message;
}

/** The keys or values that may be where an issue is. */
function choicesOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType, value: unknown): string[] {
  if (issue.code === "unrecognized_keys") return keysAt(schema, value, issue.path);
  if (issue.code === "invalid_value") return issue.values.map(String);
  return issue.code === "invalid_union" && "options" in issue ? (issue.options ?? []).map(String) : [];
}

function expectedBy(issue: z.core.$ZodIssue, choices: readonly string[]): string {
  if (choices.length > 1) return `one of ${choices.join(", ")}`;
  switch (issue.code) {
    case "unrecognized_keys":
      return choices.length === 0 ? "no keys" : `no key but ${choices[0]}`;
    case "invalid_value":
      return choices[0]!;
    case "invalid_type":
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${counted(issue.minimum, issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${counted(issue.maximum, issue.origin)}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_union": {
      const types = issue.errors.flat().map((one) => expectedBy(one, []));
      return [...new Set(types)].join(" or ");
    }
    default:
      return issue.message.replace(/^Invalid (input|string): (expected )?/, "");
  }
}

function counted(limit: number | bigint, origin: string): string {
  const unit = origin === "string" ? "character" : origin === "array" ? "element" : undefined;
  return unit === undefined ? String(limit) : `${limit} ${unit}${limit === 1 ? "" : "s"}`;
}

/** A value on one short line. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
