export { inferenceModel } from "./inference-model.js";
export { fitState, shapesOf, type FitOptions } from "./fit-state.js";
export { loadBackbone, type LoadedBackbone } from "./load-backbone.js";
export { loadWeights, type LoadedWeights, type LoadOptions } from "./load-weights.js";
export { readWeights, type WeightsFile } from "./read-weights.js";
export { reestimateStatistics } from "./reestimate-statistics.js";
