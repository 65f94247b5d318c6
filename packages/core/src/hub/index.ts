export { addModel, type AddedModel, type AddModelOptions } from "./add-model.js";
export { defaultCacheDir, type CacheFolderOptions } from "./cache-folder.js";
export * from "./cards.js";
export {
  derivePreprocessing,
  type DerivedPreprocessing,
  type DeriveOptions,
  type PreprocessingFlags,
  type PreprocessingPart,
  type Provenance,
} from "./derive-preprocessing.js";
export { DEFAULT_MAX_BYTES, type DownloadOptions } from "./download/download.js";
export type { ModelEntry, ReadyModel } from "./entry.js";
export { checkFit } from "./fit.js";
export { readModelFacts, type ModelFacts, type Port } from "./model-facts.js";
export type { OnProgress, Progress } from "./progress.js";
export {
  defaultModel,
  findModel,
  listModels,
  modelNames,
  openModel,
  removeModel,
  verifyModel,
  type HubOptions,
  type ModelList,
} from "./registry.js";
export type { StoredFile } from "./store.js";
export type { VerifyOptions } from "./verify.js";
