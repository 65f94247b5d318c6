import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { MattelierError } from "../util/errors.js";
import { cardFromMetadata, parseCard, type ModelCard, type ModelTask } from "./card.js";
import {
  derivePreprocessing,
  type DerivedPreprocessing,
  type PreprocessingFlags,
} from "./derive-preprocessing.js";
import { unknownCard } from "./direct-file.js";
import { download, type DownloadOptions } from "./download/download.js";
import { claimPartial } from "./download/partial.js";
import { downloadUrl, shownUrl } from "./download/request.js";
import { entryOf, type ReadyModel } from "./entry.js";
import { fileError } from "../files/file-error.js";
import { throwIfAborted } from "../util/aborted.js";
import type { FileDigest } from "./file-hash.js";
import { checkFit } from "./fit.js";
import { readModelFacts, type ModelFacts } from "./model-facts.js";
import { checkModelName, suggestedName } from "./model-name.js";
import { packageModelNamed } from "./packages/package-models.js";
import { defaultInputSize, preprocessingFromMetadata, type Preprocessing } from "./preprocessing.js";
import { createProgressMeter } from "./progress.js";
import type { HubOptions } from "./registry.js";
import { existsError, MODEL_FILE, ModelStore, type StagedModel } from "./store.js";

export interface AddModelOptions extends HubOptions, DownloadOptions {
  /** Default: from the file's name. */
  readonly name?: string | undefined;
  /** Replace a model of this name. */
  readonly force?: boolean | undefined;
  /** In place of the one in the file's metadata. */
  readonly preprocessing?: Preprocessing | undefined;
  /** Single parts of the preprocessing; they come before all else. */
  readonly flags?: PreprocessingFlags | undefined;
  /** In place of the one in the file's metadata. */
  readonly card?: ModelCard | undefined;
  /** SPDX expression; comes before the card's. */
  readonly licence?: string | undefined;
  readonly task?: ModelTask | undefined;
}

/** A model that was added, with what was found about it. */
export interface AddedModel {
  readonly model: ReadyModel;
  readonly facts: ModelFacts;
  /** Where each part of the preprocessing was taken from. */
  readonly from: DerivedPreprocessing["from"];
}

/**
 * Add a model: an .onnx on this machine (copied, with external data beside it) or behind an http(s) URL (downloaded
 * over broken connections; a download that ended early is taken up again). Nothing shows under the model's name before
 * all of it is there and checked, and of two that add the same name at the same time, one gets `exists`.
 *
 * @throws MattelierError `exists`; `invalid-argument` for a name or URL that will not do; `invalid-model` for what is no
 *   ONNX, or a preprocessing that nothing states, saying how to give it; `shape-mismatch`; `checksum-mismatch`; and what
 *   {@link download} throws
 */
export async function addModel(source: string, options: AddModelOptions): Promise<AddedModel> {
  const url = /^[a-z][a-z0-9+.-]+:\/\//i.test(source) ? downloadUrl(source) : undefined;
  const name = options.name ?? suggestedName(url?.pathname ?? source) ?? nameless(source);
  checkModelName(name);
  const store = new ModelStore(options.cacheDir);
  if (packageModelNamed(name) !== undefined) throw reservedName(name);
  if (options.force !== true && (await store.names()).includes(name)) throw existsError(name);
  return url === undefined
    ? await addFile(source, { ...options, store, name })
    : await addUrl(url, { ...options, store, name });
}

type Adding = AddModelOptions & { readonly store: ModelStore; readonly name: string };

async function addFile(path: string, adding: Adding): Promise<AddedModel> {
  const found = describe(await readModelFacts(path), { ...adding, where: path });
  const staged = await adding.store.stage(adding.name);
  try {
    const digest = await copy(path, join(staged.folder, MODEL_FILE), adding);
    expectDigest(path, digest, adding);
    const digests = new Map([[MODEL_FILE, digest.sha256]]);
    for (const file of found.facts.externalFiles) {
      const to = join(staged.folder, file);
      await mkdir(dirname(to), { recursive: true });
      digests.set(file, (await copy(join(dirname(path), file), to, adding)).sha256);
    }
    return await commit(staged, { ...found, digests, source: undefined, bytes: digest.bytes, adding });
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

async function addUrl(url: URL, adding: Adding): Promise<AddedModel> {
  const where = shownUrl(url);
  const key = createHash("sha256").update(url.href).digest("hex").slice(0, 32);
  const partial = await claimPartial(join(adding.store.root, "..", "downloads"), key);
  let staged: StagedModel | undefined;
  try {
    const digest = await download(url, partial, adding);
    const facts = await readModelFacts(partial.dataPath, where).catch(async (error: unknown) => {
      await partial.discard(); // no ONNX, and no more so at the next try
      throw error;
    });
    const found = describe(facts, { ...adding, where });
    if (found.facts.externalFiles.length > 0) throw severalFiles(where, found.facts.externalFiles);
    staged = await adding.store.stage(adding.name);
    await rename(partial.dataPath, join(staged.folder, MODEL_FILE));
    const digests = new Map([[MODEL_FILE, digest.sha256]]);
    const added = await commit(staged, { ...found, digests, source: where, bytes: digest.bytes, adding });
    await partial.discard();
    return added;
  } catch (error) {
    await staged?.discard();
    // What came is kept for the next try, which may only have to say how pictures become the model's input.
    await partial.release();
    throw error;
  }
}

interface Found {
  readonly facts: ModelFacts;
  readonly derived: DerivedPreprocessing;
  readonly card: ModelCard | undefined;
}

/** Put together what the file and the user say, and check that it fits the network. */
function describe(facts: ModelFacts, options: Adding & { readonly where: string }): Found {
  const { where, flags = {} } = options;
  const derived = derivePreprocessing(facts, {
    where,
    flags,
    ...(options.preprocessing === undefined
      ? { stated: preprocessingFromMetadata(facts.metadata, where), statedBy: "metadata" }
      : { stated: options.preprocessing, statedBy: "given" }),
  });
  checkFit(facts, derived.preprocessing, where);
  return { facts, derived, card: options.card ?? cardFromMetadata(facts.metadata, where) };
}

async function commit(
  staged: StagedModel,
  { facts, derived, card, digests, source, bytes, adding }: Committing,
): Promise<AddedModel> {
  const { store, name, licence, task, force = false } = adding;
  const { preprocessing, from } = derived;
  const base = card ?? unknownCard(name);
  // The operators' rules are many files: running a model, which is what most processes do, is spared them.
  const { countNetwork } = await import("./network-counts.js");
  const counts = await countNetwork(join(staged.folder, MODEL_FILE), preprocessing);
  const sha256 = digests.get(MODEL_FILE)!;
  const full: ModelCard = {
    ...base,
    name,
    ...(licence === undefined ? {} : { licence: { spdx: licence } }),
    ...(task === undefined ? {} : { task }),
    ...(source === undefined ? {} : { source: base.source ?? source }),
    ...counts,
    inputSize: defaultInputSize(preprocessing),
    sha256,
    bytes,
  };
  const stored = await staged.commit(
    { name, card: parseCard(full, name), preprocessing, digests },
    { force },
  );
  return { model: entryOf(store, stored, "user"), facts, from };
}

interface Committing extends Found {
  readonly digests: ReadonlyMap<string, string>;
  readonly source: string | undefined;
  readonly bytes: number;
  readonly adding: Adding;
}

/** Copy a file block by block, hashing it on the way. */
async function copy(from: string, to: string, { signal, onProgress }: Adding): Promise<FileDigest> {
  const hash = createHash("sha256");
  const meter = createProgressMeter("copy", onProgress);
  let bytes = 0;
  try {
    meter.setTotal((await stat(from)).size);
    await pipeline(
      createReadStream(from, { highWaterMark: 1 << 20 }),
      async function* (blocks: AsyncIterable<Buffer>) {
        for await (const block of blocks) {
          hash.update(block);
          bytes += block.length;
          meter.add(block.length);
          yield block;
        }
      },
      createWriteStream(to, { flags: "wx", flush: true }),
      signal === undefined ? {} : { signal },
    );
  } catch (error) {
    throwIfAborted(signal, from);
    const { path, syscall } = error as NodeJS.ErrnoException;
    if (path === from || syscall === "read") throw fileError(error, { where: from, doing: "reading" });
    throw fileError(error, { where: to, doing: "writing" });
  }
  meter.finish();
  return { sha256: hash.digest("hex"), bytes };
}

function expectDigest(where: string, got: FileDigest, { sha256, bytes }: Adding): void {
  const refuse = (expected: string, text: string): never => {
    throw new MattelierError({ code: "checksum-mismatch", where, expected, got: text });
  };
  if (bytes !== undefined && got.bytes !== bytes) refuse(`${bytes} bytes`, `${got.bytes} bytes`);
  if (sha256 !== undefined && got.sha256 !== sha256.toLowerCase())
    refuse(`SHA-256 ${sha256.toLowerCase()}`, got.sha256);
}

function nameless(source: string): never {
  throw new MattelierError({
    code: "invalid-argument",
    where: `model ${source}`,
    expected: "a file name that can be a model's name",
    got: "one that cannot",
    fix: "give one with --name",
  });
}

function reservedName(name: string): MattelierError {
  return new MattelierError({
    code: "exists",
    where: `model ${name}`,
    expected: "a name that is not taken",
    got: "the name of a model that comes with a package",
    fix: "choose another with --name",
  });
}

function severalFiles(where: string, files: readonly string[]): MattelierError {
  return new MattelierError({
    code: "unsupported",
    where,
    expected: "a model in one file",
    got: `weights in files of their own: ${files.join(", ")}`,
    fix: "download all of them into a folder and add the .onnx from there",
  });
}
