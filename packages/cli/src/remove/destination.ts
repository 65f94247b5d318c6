import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OUTPUT_FORMATS, outputFormatOfPath, type OutputFormat } from "@mattelier/core/image";
import { MattelierError } from "@mattelier/core/util";
import type { Found, Source } from "../files/find-pictures.js";
import { OutputPlan, withExtension, type PlannedPicture } from "../files/plan-outputs.js";
import type { RemoveFlags } from "./flags.js";

/** Where results go, and in which format; without one, PNG, and WebP for animations. */
export interface Destination {
  readonly kind: "stdout" | "file" | "folder";
  /** The folder that results lie below; what a walk through the inputs leaves out. */
  readonly folder: string | undefined;
  readonly format: OutputFormat | undefined;
  plan(sources: readonly Source[]): readonly PlannedPicture[];
}

/**
 * What `--output` and `--format` mean for what was found.
 * @throws MattelierError `invalid-argument` when there is no telling where results should go
 */
export async function destinationFor(found: Found, flags: RemoveFlags): Promise<Destination> {
  const { output, format } = flags;
  const extension = OUTPUT_FORMATS[format ?? "png"].extensions[0]!;
  const only = found.single && !flags.watch ? found.sources[0]! : undefined;

  if (output === "-" || (output === undefined && only?.path === "-")) {
    if (only === undefined) throw unclear("one picture for standard output", `${found.sources.length}`);
    return {
      kind: "stdout",
      folder: undefined,
      format,
      plan: (s) => s.map((source) => ({ source, output: "-" })),
    };
  }
  if (output === undefined) {
    if (only === undefined)
      throw unclear("--output FOLDER for folders, patterns and several pictures", "none");
    const path = join(dirname(only.path), withExtension(only.relativePath, `-cutout${extension}`));
    return {
      kind: "file",
      folder: undefined,
      format,
      plan: (s) => s.map((source) => ({ source, output: path })),
    };
  }
  const isFolder = (await stat(output).catch(() => undefined))?.isDirectory() ?? false;
  if (only !== undefined && !isFolder && /\.[^./\\]+$/.test(output)) {
    const named = format ?? outputFormatOfPath(output);
    return {
      kind: "file",
      folder: undefined,
      format: named,
      plan: (s) => s.map((source) => ({ source, output })),
    };
  }
  const plan = new OutputPlan(output, extension);
  return { kind: "folder", folder: output, format, plan: (sources) => plan.plan(sources) };
}

function unclear(expected: string, got: string): MattelierError {
  return new MattelierError({
    code: "invalid-argument",
    where: "--output",
    expected,
    got,
    fix: "for instance: mattelier remove photos/ -o cutouts/.",
  });
}
