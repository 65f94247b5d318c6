import { decodeImage, supportedInputs } from "@mattelier/core/image";
import { createRemover, mapConcurrently, type Background, type Remover } from "@mattelier/core/infer";
import { MattelierError, messageOf } from "@mattelier/core/util";
import { EXIT } from "../exit-codes.js";
import { findPictures, type Source } from "../files/find-pictures.js";
import { isDone, withExtension, type PlannedPicture } from "../files/plan-outputs.js";
import { cacheDirFrom } from "../models/cache-dir.js";
import { createProgress, type Progress } from "../progress.js";
import { renderError } from "../render-error.js";
import { destinationFor, type Destination } from "./destination.js";
import type { BackgroundFlag, RemoveFlags } from "./flags.js";
import { onePicture, type Done } from "./one-picture.js";
import { foldersAmong, watchFolders } from "./sources.js";

/** What happened to each picture. */
type Outcome =
  | { readonly kind: "done"; readonly source: Source; readonly done: Done }
  | { readonly kind: "skipped"; readonly source: Source; readonly output: string }
  | { readonly kind: "failed"; readonly source: Source; readonly error: unknown }
  | { readonly kind: "dropped" };

/**
 * `mattelier remove`: from inputs and flags to files.
 * @returns the exit code
 * @throws MattelierError when nothing can be done at all: no pictures, no model, wrong flags
 */
export async function runRemove(
  inputs: readonly string[],
  flags: RemoveFlags,
  { signal, debug }: { readonly signal: AbortSignal; readonly debug: boolean },
): Promise<number> {
  const extensions = new Set((await supportedInputs()).flatMap((format) => format.extensions));
  const found = await findPictures(inputs, {
    extensions,
    ...(flags.output === undefined || flags.output === "-" ? {} : { exclude: flags.output }),
  });
  const destination = await destinationFor(found, flags);
  if (found.sources.length === 0 && !flags.watch) {
    if (found.missing.length > 0) throw found.missing[0]!;
    throw noPictures(inputs, extensions);
  }
  const background = flags.background && (await openBackground(flags.background));
  const { model, provider, threads } = flags;
  const remover = await createRemover({
    model,
    provider,
    cacheDir: cacheDirFrom(process.env),
    signal,
    ...(threads === undefined ? {} : { threads }),
  });
  const planned = destination.plan(found.sources);
  const speaks = !flags.json && destination.kind !== "stdout";
  if (speaks) announce(remover);
  const progress = createProgress({
    total: flags.watch ? 1 : planned.length,
    unit: planned.length === 1 ? "picture" : "pictures",
    quiet: !speaks,
  });
  const tally = { done: 0, skipped: 0, failed: found.missing.length, dropped: 0 };
  const say = (line: string): void => {
    progress.say(line);
  };
  for (const error of found.missing) tellFailure(error.where, error, { flags, debug, say });

  const startMs = performance.now();
  try {
    const work = picturesToCome(inputs, planned, destination, { flags, extensions, signal });
    const outcomes = mapConcurrently(work, flags.jobs ?? 2, (picture) =>
      outcomeOf(remover, picture, destination, { flags, background, signal }),
    );
    for await (const outcome of outcomes) {
      tally[outcome.kind] += 1;
      tell(outcome, { flags, debug, progress });
    }
  } finally {
    progress.stop();
    await remover.dispose();
  }
  if (speaks && (planned.length > 1 || flags.watch))
    console.error(summary(tally, performance.now() - startMs));
  if (signal.aborted && !flags.watch) return EXIT.interrupted;
  return tally.failed > 0 ? EXIT.someFailed : EXIT.ok;
}

async function* picturesToCome(
  inputs: readonly string[],
  planned: readonly PlannedPicture[],
  destination: Destination,
  { flags, extensions, signal }: { flags: RemoveFlags; extensions: ReadonlySet<string>; signal: AbortSignal },
): AsyncGenerator<PlannedPicture & { readonly fresh?: boolean }> {
  for (const picture of planned) {
    if (signal.aborted) return;
    yield picture;
  }
  if (!flags.watch) return;
  const folders = await foldersAmong(inputs);
  const options = { extensions, exclude: destination.folder!, signal };
  for await (const source of watchFolders(folders, options))
    yield { ...destination.plan([source])[0]!, fresh: true };
}

async function outcomeOf(
  remover: Remover,
  picture: PlannedPicture & { readonly fresh?: boolean },
  { kind, format }: Destination,
  {
    flags,
    background,
    signal,
  }: { flags: RemoveFlags; background: Background | undefined; signal: AbortSignal },
): Promise<Outcome> {
  const { source } = picture;
  if (signal.aborted) return { kind: "dropped" };
  try {
    // In a folder what is there is kept; a file named outright is made anew, as cp would.
    if (kind === "folder" && !flags.force && picture.fresh !== true) {
      const there = await existing(picture, format === undefined);
      if (there !== undefined) return { kind: "skipped", source, output: there };
    }
    const { mask, invert, crop, threshold, feather, foreground, quality, maxMegapixels } = flags;
    const done = await onePicture(remover, picture, {
      format,
      quality,
      remove: {
        output: mask ? "mask" : "cutout",
        background,
        invert,
        crop,
        threshold,
        featherPx: feather,
        foreground,
        signal,
        ...(maxMegapixels === undefined ? {} : { maxPixels: maxMegapixels * 1e6 }),
      },
    });
    return { kind: "done", source, done };
  } catch (error) {
    if (error instanceof MattelierError && error.code === "aborted") return { kind: "dropped" };
    return { kind: "failed", source, error };
  }
}

/** The result that is there already: under its own ending, or as the WebP that an animation becomes. */
async function existing(picture: PlannedPicture, mayBeAnimated: boolean): Promise<string | undefined> {
  if (await isDone(picture)) return picture.output;
  const output = withExtension(picture.output, ".webp");
  return mayBeAnimated && (await isDone({ ...picture, output })) ? output : undefined;
}

async function openBackground(flag: BackgroundFlag): Promise<Background> {
  if (flag.kind === "image") return { kind: "image", image: await decodeImage(flag.path) };
  return flag;
}

function announce({ model, session }: Remover): void {
  console.error(`${model.name} on ${session.provider} (${session.reason})`);
}

interface Telling {
  readonly flags: RemoveFlags;
  readonly debug: boolean;
}

function tell(outcome: Outcome, { flags, debug, progress }: Telling & { progress: Progress }): void {
  switch (outcome.kind) {
    case "done": {
      const { source, done } = outcome;
      for (const warning of done.warnings) progress.say(`warning: ${source.path}: ${warning}`);
      if (flags.json) printJson({ input: source.path, ...done });
      progress.step(`${source.path} → ${done.output}  ${Math.round(done.ms.total)} ms`);
      break;
    }
    case "skipped":
      if (flags.json) printJson({ input: outcome.source.path, output: outcome.output, skipped: true });
      progress.step("");
      break;
    case "failed":
      tellFailure(outcome.source.path, outcome.error, {
        flags,
        debug,
        say: (line) => {
          progress.say(line);
        },
      });
      progress.step("");
      break;
    case "dropped":
      break;
  }
}

function tellFailure(
  input: string,
  error: unknown,
  { flags, debug, say }: Telling & { say: (line: string) => void },
): void {
  if (flags.json) {
    const facts =
      error instanceof MattelierError ? error.toFacts() : { code: "internal", got: messageOf(error) };
    printJson({ input, error: facts });
  } else say(renderError(error, { debug }));
}

/** One line an object, numbers of milliseconds rounded. */
function printJson(value: unknown): void {
  const round = (_key: string, v: unknown): unknown =>
    typeof v === "number" ? Math.round(v * 100) / 100 : v;
  process.stdout.write(`${JSON.stringify(value, round)}\n`);
}

function summary(tally: Readonly<Record<Outcome["kind"], number>>, ms: number): string {
  const seconds = Math.round(ms / 1000);
  const time =
    seconds < 60 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const parts = [
    `${tally.done} done`,
    ...(tally.skipped > 0 ? [`${tally.skipped} there already (--force redoes them)`] : []),
    ...(tally.failed > 0 ? [`${tally.failed} failed`] : []),
    ...(tally.dropped > 0 ? [`${tally.dropped} dropped`] : []),
  ];
  return `${parts.join(", ")}, in ${time}`;
}

function noPictures(inputs: readonly string[], extensions: ReadonlySet<string>): MattelierError {
  return new MattelierError({
    code: "not-found",
    where: inputs.join(" "),
    expected: `pictures (${[...extensions].join(", ")})`,
    got: "none",
    fix: "check the path; files with other endings are taken when named one by one.",
  });
}
