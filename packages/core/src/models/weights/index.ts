export { fitState, shapesOf, type FitOptions } from "./fit-state.js";
export { loadWeights, type LoadedWeights, type LoadOptions } from "./load-weights.js";
export { readWeights, type WeightsFile } from "./read-weights.js";
export { reestimateStatistics } from "./reestimate-statistics.js";
