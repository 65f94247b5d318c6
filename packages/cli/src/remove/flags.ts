import { existsSync } from "node:fs";
import * as z from "zod";
import { OUTPUT_FORMATS, outputFormat, type OutputFormat } from "@mattelier/core/image";
import { MattelierError } from "@mattelier/core/util";

/** What stands behind the subject. */
export type BackgroundFlag =
  | { readonly kind: "image"; readonly path: string }
  | { readonly kind: "blur"; readonly radiusPx: number | undefined }
  | { readonly kind: "colour"; readonly colour: string };

/** A length in pixels, or as a share of the subject's larger side. */
export type MarginFlag = { readonly px: number } | { readonly percent: number };

const number = (what: string, min: number, max: number, whole = false) =>
  z
    .string()
    .refine((text) => text.trim() !== "" && Number.isFinite(Number(text)), { error: `a number for ${what}` })
    .transform(Number)
    .refine((n) => n >= min && n <= max && (!whole || Number.isInteger(n)), {
      error: `${whole ? "a whole number" : "a number"} from ${min} to ${max}`,
    });

const background = z.string().transform((text, context): BackgroundFlag => {
  const blur = /^blur(?::(.*))?$/.exec(text);
  if (blur) {
    if (blur[1] === undefined) return { kind: "blur", radiusPx: undefined };
    const radiusPx = Number(blur[1]);
    if (blur[1] !== "" && radiusPx > 0 && radiusPx <= 1000) return { kind: "blur", radiusPx };
    context.addIssue({ code: "custom", message: "blur:RADIUS with a radius from 1 to 1000 pixels" });
    return z.NEVER;
  }
  // A path if it is one, or looks like one: a missing picture must not be taken for a colour.
  const isPath = existsSync(text) || /[\\/]/.test(text) || /\.\w+$/.test(text);
  return isPath ? { kind: "image", path: text } : { kind: "colour", colour: text };
});

const margin = z.union([z.literal(true), z.string()]).transform((text, context): MarginFlag => {
  if (text === true) return { px: 0 };
  const match = /^(\d+(?:\.\d+)?)(px|%)?$/.exec(text);
  if (match) return match[2] === "%" ? { percent: Number(match[1]) } : { px: Number(match[1]) };
  context.addIssue({ code: "custom", message: "a margin such as 20, 20px or 5%" });
  return z.NEVER;
});

const format = z.string().transform((name, context): OutputFormat => {
  try {
    return outputFormat(name);
  } catch {
    context.addIssue({ code: "custom", message: `one of ${Object.keys(OUTPUT_FORMATS).join(", ")}` });
    return z.NEVER;
  }
});

const PROVIDERS = ["auto", "cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"] as const;

const schema = z.object({
  output: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  provider: z.enum(PROVIDERS, { error: `one of ${PROVIDERS.join(", ")}` }).default("auto"),
  threads: number("threads", 1, 256, true).optional(),
  mask: z.boolean().default(false),
  invert: z.boolean().default(false),
  background: background.optional(),
  crop: margin.optional(),
  threshold: number("the threshold", 0, 1).optional(),
  feather: number("feathering", 0, 1000).optional(),
  foreground: z.boolean().default(true),
  format: format.optional(),
  quality: number("quality", 1, 100, true).optional(),
  jobs: number("jobs", 1, 64, true).optional(),
  maxMegapixels: number("megapixels", 0.001, 10_000).optional(),
  force: z.boolean().default(false),
  watch: z.boolean().default(false),
  json: z.boolean().default(false),
});

export type RemoveFlags = z.output<typeof schema>;

/** @throws MattelierError `invalid-argument` that names the flag, what it takes and what came. */
export function parseRemoveFlags(raw: Readonly<Record<string, unknown>>): RemoveFlags {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    const name = String(issue.path[0]);
    throw wrongFlag(
      `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
      issue.message,
      JSON.stringify(raw[name]),
    );
  }
  const flags = parsed.data;
  if (flags.mask && flags.background !== undefined)
    throw wrongFlag("--mask", "the mask alone, without --background", "both");
  if (flags.watch && (flags.output === undefined || flags.output === "-"))
    throw wrongFlag("--watch", "a folder as --output", flags.output === "-" ? "standard output" : "none");
  if (flags.json && flags.output === "-")
    throw wrongFlag("--json", "--output other than -, since both write to standard output", "both");
  return flags;
}

function wrongFlag(where: string, expected: string, got: string): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where,
    expected,
    got,
    fix: "see mattelier remove --help.",
  });
}
