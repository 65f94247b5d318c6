import type * as z from "zod";

/** Types as schemas name them, in words. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "keys and values",
  record: "keys and values",
  string: "a string",
  tuple: "a list",
};

/** What schemas that hold others hold, by kind. */
export interface SchemaDefinition {
  readonly type: string;
  /** Of a default, of what may be left out. */
  readonly innerType?: z.core.$ZodType;
  /** What a value is before it is transformed. */
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly element?: z.core.$ZodType;
  readonly items?: readonly z.core.$ZodType[];
  readonly valueType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  /** Of an enum. */
  readonly entries?: Readonly<Record<string, string>>;
  /** Of a literal. */
  readonly values?: readonly unknown[];
  readonly defaultValue?: unknown;
}

export const definitionOf = (schema: z.core.$ZodType): SchemaDefinition => schema._zod.def;

/** A schema without its default, its being optional, and what is made of its value. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { in: before, innerType } = definitionOf(schema);
  const inner = innerType ?? before;
  return inner === undefined ? schema : unwrapped(inner);
}

/** The keys that objects may have at a place of a value. */
export function keysAt(schema: z.core.$ZodType, value: unknown, path: readonly PropertyKey[]): string[] {
  const { element, items, options, shape, valueType } = definitionOf(unwrapped(schema));
  if (options !== undefined) return [...new Set(options.flatMap((option) => keysAt(option, value, path)))];
  if (shape !== undefined && !isOfKind(shape, value)) return [];
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(shape ?? {});
  const inner = shape?.[String(key)] ?? element ?? items?.[Number(key)] ?? valueType;
  return inner === undefined ? [] : keysAt(inner, valueAt(value, [key]), rest);
}

/** Whether an object has the literals, such as `kind`, by which an alternative is told from the others. */
function isOfKind(shape: NonNullable<SchemaDefinition["shape"]>, value: unknown): boolean {
  return Object.entries(shape).every(([key, inner]) => {
    const { type, values } = definitionOf(inner);
    return type !== "literal" || values!.includes(valueAt(value, [key]));
  });
}

/** What lies at a path of a value; undefined where there is nothing. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
