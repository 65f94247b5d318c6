import type * as z from "zod";
import { unwrapped } from "../../util/index.js";
import { runConfigSchema } from "./config.js";

/** Every key of a run's configuration: its type, its default, what it does; a line each, inner keys indented. */
export function describeConfig(): string {
  return linesOf(runConfigSchema, 0).join("\n");
}

interface Def {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
}

const defOf = (schema: z.core.$ZodType): Def => schema._zod.def;

function linesOf(schema: z.core.$ZodType, depth: number): string[] {
  const { shape = {} } = defOf(unwrapped(schema));
  return Object.entries(shape).flatMap(([key, value]) => {
    const given = defaultOf(value);
    const head = `${"  ".repeat(depth)}${key}: `.padEnd(26);
    const parts = [
      value.description ?? typeName(value),
      ...(given === undefined ? [] : [`(default ${given})`]),
    ];
    return [`${head}${parts.join(" ")}`, ...innerLines(value, depth + 1)];
  });
}

function innerLines(schema: z.core.$ZodType, depth: number): string[] {
  const bare = unwrapped(schema);
  const def = defOf(bare);
  if (def.shape !== undefined) return linesOf(bare, depth);
  if (def.type === "array") return innerLines(def.element!, depth);
  if (def.type !== "union") return [];
  const objects = def.options!.filter((option) => defOf(option).shape?.["method"] !== undefined);
  return objects.flatMap((option) => {
    const method = String(defOf(defOf(option).shape!["method"]!).values![0]);
    const [, ...rest] = linesOf(option, depth + 1);
    return [`${"  ".repeat(depth)}method: ${method}`, ...rest];
  });
}

function defaultOf(schema: z.core.$ZodType): string | undefined {
  const { type, defaultValue, innerType } = defOf(schema);
  if (type === "default" || type === "prefault") {
    const value: unknown = defaultValue;
    return typeof value === "object" ? undefined : JSON.stringify(value);
  }
  return innerType === undefined ? undefined : defaultOf(innerType);
}

function typeName(schema: z.core.$ZodType): string {
  return defOf(unwrapped(schema)).type;
}
