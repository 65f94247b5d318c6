import type * as z from "zod";
import { checkedBy, shownValue } from "../util/checked-by.js";
import { MattelierError, type ErrorCode } from "../util/errors.js";

/**
 * Check a value that came with a model.
 * @throws MattelierError naming the path of the key that does not fit, such as `resize.kernel`; `invalid-model` unless
 *   another code is asked for
 */
export function checkedPart<T>(
  schema: z.ZodType<T>,
  value: unknown,
  { where, code = "invalid-model", fix }: { where: string; code?: ErrorCode; fix?: string },
): T {
  return checkedBy(schema, value, {
    where: (path) => (path === "" ? where : `${where}, key ${path}`),
    code,
    fix,
  });
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
      got: shownValue(text),
      cause,
    });
  }
  return checkedPart(schema, value, { where: `${where}: metadata property ${key}` });
}
