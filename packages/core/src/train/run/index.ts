export { withAbsolutePaths } from "./config/absolute-paths.js";
export { runConfigSchema, type RunConfig, type RunConfigInput } from "./config/config.js";
export { describeConfig } from "./config/describe-config.js";
export { durationMs, shownDuration } from "./config/duration.js";
export type { OnTrainEvent, RunResult, TrainEvent } from "./events.js";
export { parseRunConfig, parseSavedConfig } from "./config/parse-config.js";
export { resolveConfig, type ResolvedConfig } from "./config/resolve-config.js";
export { resumeTraining, train, type TrainOptions } from "./train.js";
