import type * as z from "zod";
import { augmentations } from "../../../data/index.js";
import { definitionOf, TYPE_WORDS, unwrapped } from "../../../util/index.js";
import { runConfigSchema } from "./config.js";

const WIDTH = 120;
/** Where what a key does begins. */
const COLUMN = 26;

/** Every key of a run's configuration: what it does, what it may be, its default; inner keys indented. */
export function describeConfig(): string {
  return linesOf(runConfigSchema, 0, new Map()).join("\n");
}

/** Objects that were described, and under which key: sets to validate on have the keys of those to train on. */
type Seen = Map<z.core.$ZodType, string>;

/** The keys of an object, and the keys in them; without the one that tells it from others. */
function linesOf(schema: z.core.$ZodType, depth: number, seen: Seen): string[] {
  const { shape = {} } = definitionOf(unwrapped(schema));
  const keys = Object.entries(shape).filter(([, value]) => !isLiteral(value));
  return keys.flatMap(([key, value]) => [
    ...entry(`${key}:`, textOf(value), depth),
    ...(key === "augment" && depth === 0 ? augmentationLines() : innerLines(key, value, depth + 1, seen)),
  ]);
}

/** A name and what there is to say of it, in lines of at most WIDTH. */
function entry(name: string, text: string, depth: number): string[] {
  const lines = [`${"  ".repeat(depth)}${name}`.padEnd(COLUMN - 1)];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + 1 + word.length > WIDTH) lines.push(" ".repeat(COLUMN - 1));
    lines.push(`${lines.pop()!} ${word}`);
  }
  return lines.map((line) => line.trimEnd());
}

/** What a key does, the names that it may be, and its default. */
function textOf(schema: z.core.$ZodType): string {
  const choices = choicesOf(schema);
  const described = descriptionOf(schema);
  const given = defaultOf(schema);
  const said = [
    ...(choices.length > 0 ? [choices.join(" | ")] : []),
    ...(described === undefined ? [] : [described]),
  ];
  const text = said.length > 0 ? said.join(": ") : TYPE_WORDS[definitionOf(unwrapped(schema)).type]!;
  return given === undefined ? text : `${text} (default ${given})`;
}

/** What a value may be: the schemas of a union's alternatives, and of a list's elements, each once. */
function alternativesOf(schema: z.core.$ZodType): z.core.$ZodType[] {
  const bare = unwrapped(schema);
  const { element, options } = definitionOf(bare);
  const inner = options ?? (element === undefined ? undefined : [element]);
  return inner === undefined ? [bare] : [...new Set(inner.flatMap(alternativesOf))];
}

const isLiteral = (schema: z.core.$ZodType): boolean => definitionOf(schema).type === "literal";

const choicesOf = (schema: z.core.$ZodType): string[] =>
  alternativesOf(schema).flatMap((one) => Object.values(definitionOf(one).entries ?? {}));

/** The keys of the objects that a value may be; those told apart by a literal, under it. */
function innerLines(name: string, schema: z.core.$ZodType, depth: number, seen: Seen): string[] {
  return alternativesOf(schema).flatMap((one) => {
    const { shape } = definitionOf(one);
    if (shape === undefined) return [];
    const before = seen.get(one);
    if (before !== undefined) return [`${"  ".repeat(depth)}keys as ${before}'s`];
    seen.set(one, name);
    const [tag] = Object.entries(shape).filter(([, value]) => isLiteral(value));
    if (tag === undefined) return linesOf(one, depth, seen);
    const [key, literal] = tag;
    const kind = `${key}: ${String(definitionOf(literal).values![0])}`;
    return [`${"  ".repeat(depth)}${kind}`, ...linesOf(one, depth + 1, seen)];
  });
}

function augmentationLines(): string[] {
  return augmentations.flatMap(({ name, schema, summary }) => {
    const keys = alternativesOf(schema).flatMap((one) => Object.entries(definitionOf(one).shape ?? {}));
    const settings = keys.map(([key, value]) => {
      const given = defaultOf(value);
      return given === undefined ? key : `${key} (default ${given})`;
    });
    return entry(`${name}:`, [summary, ...settings].join("; "), 1);
  });
}

function descriptionOf(schema: z.core.$ZodType): string | undefined {
  const { innerType } = definitionOf(schema);
  return (schema as z.ZodType).description ?? (innerType && descriptionOf(innerType));
}

/** A default that is no mere empty object or list. */
function defaultOf(schema: z.core.$ZodType): string | undefined {
  const { defaultValue, innerType, type } = definitionOf(schema);
  if (type !== "default" && type !== "prefault") return innerType && defaultOf(innerType);
  const isEmpty = typeof defaultValue === "object" && Object.keys(defaultValue ?? {}).length === 0;
  const short = (_: string, value: unknown): unknown =>
    typeof value === "number" ? Number(value.toPrecision(4)) : value;
  return isEmpty ? undefined : JSON.stringify(defaultValue, short);
}
