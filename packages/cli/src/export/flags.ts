import { Option, type Command } from "commander";
import * as z from "zod";
import type { SizePx } from "@mattelier/core/hub/cards";
import { EXPORT_OPSET } from "@mattelier/core/export";
import { MattelierError } from "@mattelier/core/util";

const size = z.string().transform((text, context): SizePx => {
  const match = /^([1-9]\d*)(?:x([1-9]\d*))?$/i.exec(text);
  if (match) return { widthPx: Number(match[1]), heightPx: Number(match[2] ?? match[1]) };
  context.addIssue({ code: "custom", message: "WIDTHxHEIGHT in pixels, such as 320x320" });
  return z.NEVER;
});

const batch = z.string().transform((text, context): number | "dynamic" => {
  if (text === "dynamic") return text;
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  context.addIssue({ code: "custom", message: "a number of pictures, or dynamic" });
  return z.NEVER;
});

const whole = (expected: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number);

const schema = z
  .object({
    model: z.string(),
    output: z.string().min(1, "a file to write, .onnx or .safetensors"),
    weights: z.string().optional(),
    size: size.optional(),
    dynamicSize: z.boolean().default(false),
    heads: z
      .string()
      .default("final")
      .transform((text) =>
        text === "final" || text === "all" ? text : text.split(",").map((s) => s.trim()),
      ),
    batch: batch.default("dynamic"),
    opset: whole("a version, such as 17").optional(),
    strict: z.boolean().default(false),
    partial: z.boolean().default(false),
    check: z.boolean().default(true),
    backbone: z.boolean().default(false),
    images: z.string().optional(),
    seed: whole("a whole number").default(0),
    licence: z.string().min(1, "an SPDX expression, such as MIT").optional(),
    name: z.string().min(1, "a name").optional(),
    json: z.boolean().default(false),
  })
  .superRefine(({ strict, partial }, context) => {
    if (strict && partial)
      context.addIssue({
        code: "custom",
        path: ["strict"],
        message: "--strict or --partial",
        input: "both",
      });
  });

export type ExportFlags = z.output<typeof schema>;

/** @throws MattelierError `invalid-argument` that names the flag, what it takes and what came */
export function parseExportFlags(raw: Readonly<Record<string, unknown>>, command: string): ExportFlags {
  const parsed = schema.safeParse(raw, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new MattelierError({
    code: "invalid-argument",
    where: `--${String(issue.path[0]).replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    expected: issue.message,
    got: typeof issue.input === "string" ? issue.input : JSON.stringify(issue.input),
    fix: `see mattelier ${command} --help`,
  });
}

/** The flags that say what an export is like. */
export function addExportFlags(command: Command): Command {
  return command
    .optionsGroup("What the .onnx takes and gives:")
    .option("--size <WxH>", "input size, width x height in pixels; default: the paper's")
    .option("--dynamic-size", "leave height and width open; --size is the usual one")
    .option("--batch <n>", "pictures a run, or dynamic", "dynamic")
    .option("--heads <which>", "final (the matte), all, or names parted by commas", "final")
    .option("--opset <version>", `ONNX operators' version, 17 to 21; default: ${EXPORT_OPSET}`)
    .optionsGroup("How weights are loaded:")
    .option("--strict", "refuse weights that do not fit whole (the default)")
    .option("--partial", "load what fits and say what did not; the rest begins afresh")
    .option("--no-check", "do not run an .onnx's weights, matched by structure, against the file itself")
    .option("--images <folder>", "pictures to re-estimate batch normalisation's statistics on")
    .option("--seed <n>", "of what begins afresh", "0")
    .optionsGroup("What the card says:")
    .option("--name <name>", "the model's name; default: the network's")
    .option("--licence <spdx>", "licence of the weights, as an SPDX expression")
    .optionsGroup("Output:")
    .requiredOption("-o, --output <file>", "the .onnx; or .safetensors, to train on from there")
    .addOption(new Option("--json", "print JSON"));
}
