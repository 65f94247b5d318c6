import type * as z from "zod";
import { MattelierError, type ErrorCode } from "../util/errors.js";

/** Which error a value that does not fit raises, and how it names the place. */
export interface CheckContext {
  readonly where: string;
  /** `invalid-model` by default: the value came with a model. */
  readonly code?: ErrorCode;
  readonly fix?: string;
}

/**
 * Check a value against a schema at the edge.
 * @throws MattelierError naming the path of the first key that does not fit, such as `resize.kernel`
 */
export function checkedBy<T>(schema: z.ZodType<T>, value: unknown, context: CheckContext): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.map(String).join(".");
  throw new MattelierError({
    code: context.code ?? "invalid-model",
    where: path === "" ? context.where : `${context.where}, key ${path}`,
    expected: expectedBy(issue),
    got: gotBy(issue),
    ...(context.fix === undefined ? {} : { fix: context.fix }),
  });
}

function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return "no other keys than this version of Mattelier knows";
    case "invalid_value":
      return issue.values.length === 1
        ? JSON.stringify(issue.values[0])
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "invalid_type":
      return issue.expected;
    case "too_small":
      return `${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)}`;
    case "too_big":
      return `${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)}`;
    case "invalid_union":
      if (issue.errors.length === 0)
        return `one of ${("options" in issue ? (issue.options ?? []) : []).map((value) => JSON.stringify(String(value))).join(", ")}`;
      return issue.errors.map((branch) => expectedBy(branch[0]!)).join(" or ");
    default:
      return issue.message;
  }
}

function gotBy(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return issue.keys.join(", ");
  if (issue.code === "invalid_union" && issue.discriminator !== undefined)
    return shown((issue.input as Record<string, unknown> | undefined)?.[issue.discriminator]);
  return shown(issue.input);
}

const unitOf = (origin: string): string =>
  origin === "string" ? " characters" : origin === "array" ? " elements" : "";

/** A value on one short line. */
function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/**
 * Read a metadata property that holds JSON.
 * @returns undefined when the model has no such property
 * @throws MattelierError `invalid-model` when it is no JSON or does not fit the schema
 */
export function propertyFromMetadata<T>(
  metadata: Readonly<Record<string, string>>,
  key: string,
  { schema, where }: { schema: z.ZodType<T>; where: string },
): T | undefined {
  const text = metadata[key];
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MattelierError({
      code: "invalid-model",
      where: `${where}: metadata property ${key}`,
      expected: "JSON",
      got: shown(text),
      cause,
    });
  }
  return checkedBy(schema, value, { where: `${where}: metadata property ${key}` });
}
