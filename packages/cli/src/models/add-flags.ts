import { readFile } from "node:fs/promises";
import * as z from "zod";
import {
  parseCard,
  parsePreprocessing,
  type AddModelOptions,
  type ModelTask,
  type PerChannel,
  type PreprocessingFlags,
} from "@mattelier/core/hub";
import { MattelierError, messageOf } from "@mattelier/core/util";
import { parseBytes } from "./bytes.js";

const finite = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

const number = (expected: string, fits: (n: number) => boolean) =>
  z
    .string()
    .refine((text) => finite(text) && fits(Number(text)), { error: expected })
    .transform(Number);

const perChannel = (expected: string, fits: (n: number) => boolean) =>
  z.string().transform((text, context): PerChannel => {
    const parts = text.split(",");
    if (parts.every((part) => finite(part) && fits(Number(part)))) {
      const [r, g, b] = parts.map(Number);
      if (parts.length === 1) return [r!, r!, r!];
      if (parts.length === 3) return [r!, g!, b!];
    }
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });

const size = z.string().transform((text, context) => {
  const match = /^(\d+)(?:x(\d+))?$/i.exec(text);
  const widthPx = Number(match?.[1]);
  const heightPx = Number(match?.[2] ?? match?.[1]);
  if (widthPx > 0 && heightPx > 0) return { widthPx, heightPx };
  context.addIssue({ code: "custom", message: "WIDTHxHEIGHT in pixels, such as 320x320" });
  return z.NEVER;
});

const bytes = z.string().transform((text, context): number => {
  const parsed = parseBytes(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: "a size such as 500MB, 2GiB or a number of bytes" });
  return z.NEVER;
});

const positive = (n: number): boolean => n > 0;
const whole = (n: number): boolean => Number.isInteger(n) && n > 0;

/** Choices have been checked by the command line itself. */
const schema = z.object({
  name: z.string().optional(),
  force: z.boolean().optional(),
  json: z.boolean().optional(),
  preprocessing: z.string().optional(),
  card: z.string().optional(),
  licence: z.string().min(1, "an SPDX expression, such as MIT").optional(),
  task: z.custom<ModelTask>().optional(),
  inputSize: size.optional(),
  multipleOf: number("a whole number of pixels", whole).optional(),
  resize: z.custom<NonNullable<PreprocessingFlags["resize"]>>().optional(),
  kernel: z.custom<NonNullable<PreprocessingFlags["kernel"]>>().optional(),
  antialias: z.boolean().optional(),
  coordinates: z.custom<NonNullable<PreprocessingFlags["coordinates"]>>().optional(),
  channelOrder: z.custom<NonNullable<PreprocessingFlags["channelOrder"]>>().optional(),
  scale: number("a number above 0, such as 255", positive).optional(),
  mean: perChannel("three numbers R,G,B or one for all", () => true).optional(),
  std: perChannel("three numbers above 0, R,G,B, or one for all", positive).optional(),
  outputHead: z
    .string()
    .min(1, "an output's name or index")
    .transform((text) => (/^\d+$/.test(text) ? Number(text) : text))
    .optional(),
  activation: z.custom<NonNullable<PreprocessingFlags["activation"]>>().optional(),
  minMax: z.boolean().optional(),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, "64 hexadecimal digits")
    .optional(),
  bytes: number("a whole number of bytes", whole).optional(),
  maxSize: bytes.optional(),
});

export type AddFlags = z.output<typeof schema>;

/**
 * Check the flags of `models add` and read the files that they name.
 * @throws MattelierError `invalid-argument` that names the flag; `invalid-config` for a file that does not read
 */
export async function parseAddFlags(
  raw: Readonly<Record<string, unknown>>,
): Promise<Omit<AddModelOptions, "cacheDir">> {
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (!parsed.success) throw wrongFlag(parsed.error.issues[0]!);
  const { name, force, licence, task, sha256, bytes, maxSize, preprocessing, card, ...rest } = parsed.data;
  const { outputHead, ...flags } = rest;
  return {
    name,
    force,
    licence,
    task,
    sha256,
    bytes,
    maxBytes: maxSize,
    preprocessing:
      preprocessing === undefined
        ? undefined
        : parsePreprocessing(await readJson(preprocessing), preprocessing),
    card: card === undefined ? undefined : parseCard(await readJson(card), card),
    flags: { ...flags, head: outputHead },
  };
}

function wrongFlag(issue: z.core.$ZodIssue): MattelierError {
  const flag = String(issue.path[0]).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return new MattelierError({
    code: "invalid-argument",
    where: `--${flag}`,
    expected: issue.message,
    got: JSON.stringify(issue.input),
    fix: "see mattelier models add --help",
  });
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new MattelierError({
      code: "invalid-config",
      where: path,
      expected: "a file with JSON",
      got: messageOf(cause),
      cause,
    });
  }
}
