import type * as z from "zod";
import { MattelierError, nearestName } from "../../util/index.js";
import { runConfigSchema, type RunConfig } from "./config.js";

/**
 * Check a configuration and fill in its defaults.
 * @param where the file's name, or what else it came from
 * @throws MattelierError `invalid-config` for the first thing wrong: a key unknown (the nearest is suggested), a value
 *   out of range
 */
export function parseRunConfig(input: unknown, where = "configuration"): RunConfig {
  const parsed = runConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = deepest(parsed.error.issues[0]!);
  const path = issue.path.map(String);
  const at = [where, ...(path.length > 0 ? [path.join(".")] : [])].join(": ");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known = keysAt(path);
    const nearest = nearestName(key, known);
    throw new MattelierError({
      code: "invalid-config",
      where: at,
      expected: `one of ${known.join(", ")}`,
      got: `the key ${JSON.stringify(key)}`,
      ...(nearest === undefined ? {} : { fix: `did you mean ${nearest}?` }),
    });
  }
  const got = valueAt(input, issue.path);
  const choices = issue.code === "invalid_value" ? issue.values.map(String) : [];
  const nearest = typeof got === "string" ? nearestName(got, choices) : undefined;
  throw new MattelierError({
    code: "invalid-config",
    where: at,
    expected: issue.message.replace(/^Invalid (input|option): expected /, ""),
    got: shown(got),
    ...(nearest === undefined ? {} : { fix: `did you mean ${JSON.stringify(nearest)}?` }),
  });
}

/** In a union, what the alternative that came furthest says. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  let far: z.core.$ZodIssue = issue;
  for (const inner of issue.errors.flat()) {
    const one = deepest({ ...inner, path: [...issue.path, ...inner.path] });
    if (one.path.length > far.path.length) far = one;
  }
  return far;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));

/** The keys that an object of the schema may have. */
function keysAt(path: readonly string[]): string[] {
  let schema: z.core.$ZodType | undefined = runConfigSchema;
  for (const key of path) schema = inside(schema, key);
  return Object.keys(shapeOf(schema) ?? {});
}

function inside(schema: z.core.$ZodType | undefined, key: string): z.core.$ZodType | undefined {
  const bare = unwrapped(schema);
  const def = bare?._zod.def as { type?: string; element?: z.core.$ZodType } | undefined;
  return def?.type === "array" ? def.element : shapeOf(bare)?.[key];
}

function shapeOf(schema: z.core.$ZodType | undefined): Record<string, z.core.$ZodType> | undefined {
  const def = unwrapped(schema)?._zod.def as { shape?: Record<string, z.core.$ZodType> } | undefined;
  return def?.shape;
}

/** Without its default and its being optional. */
export function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const def = schema?._zod.def as { innerType?: z.core.$ZodType } | undefined;
  return def?.innerType === undefined ? schema : unwrapped(def.innerType);
}
