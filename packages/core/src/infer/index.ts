export { leanModel } from "./lean-model.js";
export { mapConcurrently } from "./map-concurrently.js";
export type { Background, ComposeOptions } from "./options.js";
export type { Rectangle } from "./plane.js";
export {
  createRemover,
  type RemovalResult,
  type RemoveOptions,
  type Remover,
  type RemoverOptions,
  type StageTimes,
} from "./remover.js";
