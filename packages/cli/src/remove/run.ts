import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureFolder } from "@mattelier/core/files";
import { decodeImage, supportedInputs } from "@mattelier/core/image";
import { createRemover, mapConcurrently, type Background } from "@mattelier/core/infer";
import { MattelierError } from "@mattelier/core/util";
import { EXIT } from "../exit-codes.js";
import { findPictures, type Source } from "../files/find-pictures.js";
import { cacheDirFrom } from "../models/cache-dir.js";
import { namedModel } from "../models/named-model.js";
import { destinationFor, type Destination } from "./destination.js";
import type { BackgroundFlag, RemoveFlags } from "./flags.js";
import { outcomeOf, type WorkItem } from "./outcome.js";
import { Report } from "./report.js";
import { watchFolders } from "./watch-folders.js";

/** Two keep the network busy while the neighbour is read or written, in the memory of two pictures. */
const DEFAULT_JOBS = 2;

/**
 * `mattelier remove`: from inputs and flags to files.
 * @returns the exit code
 * @throws MattelierError when nothing can be done at all: no pictures, no model, no place for results, wrong flags
 */
export async function runRemove(
  inputs: readonly string[],
  flags: RemoveFlags,
  { signal, debug }: RunContext,
): Promise<number> {
  // However the run ends, the watching ends with it.
  const ended = new AbortController();
  try {
    return await run(inputs, flags, { signal: AbortSignal.any([signal, ended.signal]), debug });
  } finally {
    ended.abort();
  }
}

interface RunContext {
  readonly signal: AbortSignal;
  readonly debug: boolean;
}

async function run(
  inputs: readonly string[],
  flags: RemoveFlags,
  { signal, debug }: RunContext,
): Promise<number> {
  const extensions = new Set((await supportedInputs()).flatMap((format) => format.extensions));
  // Watching begins before the walk: what appears meanwhile is seen by one or the other.
  const appearing = flags.watch ? await watch(inputs, flags, extensions, signal) : undefined;
  const found = await findPictures(inputs, {
    extensions,
    ...(flags.output === undefined || flags.output === "-" ? {} : { exclude: flags.output }),
  });
  const destination = await destinationFor(found, flags);
  if (found.sources.length === 0 && appearing === undefined)
    throw found.missing[0] ?? noPictures(inputs, extensions);

  const planned = destination.plan(found.sources);
  const folder = destination.kind === "file" ? dirname(planned[0]!.output) : destination.folder;
  if (folder !== undefined) await ensureFolder(folder);
  const background = flags.background && (await openBackground(flags.background));
  const remover = await namedModel(flags.model, () =>
    createRemover({
      model: flags.model,
      provider: flags.provider,
      cacheDir: cacheDirFrom(process.env),
      signal,
      ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    }),
  );

  const report = new Report({
    total: appearing === undefined ? planned.length : 1,
    json: flags.json,
    quiet: destination.kind === "stdout",
    debug,
  });
  report.announce(remover);
  for (const error of found.missing) report.tellFailure(error.where, error);
  try {
    const items = itemsToCome(planned, appearing, destination, signal);
    const work = { remover, destination, flags, background, signal };
    const outcomes = mapConcurrently(items, flags.jobs ?? DEFAULT_JOBS, (item) => outcomeOf(item, work));
    for await (const outcome of outcomes) report.tell(outcome);
  } finally {
    report.close({ summed: planned.length > 1 || flags.watch });
    await remover.dispose();
  }
  if (signal.aborted && !flags.watch) return EXIT.interrupted;
  return report.failed > 0 ? EXIT.someFailed : EXIT.ok;
}

async function watch(
  inputs: readonly string[],
  { output }: RemoveFlags,
  extensions: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<AsyncIterable<Source>> {
  const infos = await Promise.all(inputs.map((input) => stat(input).catch(() => undefined)));
  const folders = inputs.filter((_, i) => infos[i]?.isDirectory());
  if (folders.length === 0)
    throw new MattelierError({
      code: "invalid-argument",
      where: "--watch",
      expected: "a folder to watch among the inputs",
      got: inputs.join(" "),
      fix: "for instance: mattelier remove inbox/ -o outbox/ --watch.",
    });
  return watchFolders(folders, { extensions, exclude: output!, signal });
}

async function* itemsToCome(
  planned: readonly WorkItem[],
  appearing: AsyncIterable<Source> | undefined,
  destination: Destination,
  signal: AbortSignal,
): AsyncGenerator<WorkItem> {
  for (const item of planned) {
    if (signal.aborted) return;
    yield item;
  }
  if (appearing === undefined) return;
  for await (const source of appearing) yield { ...destination.plan([source])[0]!, fresh: true };
}

async function openBackground(flag: BackgroundFlag): Promise<Background> {
  if (flag.kind === "image") return { kind: "image", image: await decodeImage(flag.path) };
  return flag;
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
