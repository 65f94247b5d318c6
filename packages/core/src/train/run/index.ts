export { withAbsolutePaths } from "./absolute-paths.js";
export { runConfigSchema, type RunConfig, type RunConfigInput } from "./config.js";
export { describeConfig } from "./describe-config.js";
export { durationMs, shownDuration } from "./duration.js";
export type { OnTrainEvent, RunResult, TrainEvent } from "./events.js";
export { parseRunConfig } from "./parse-config.js";
export { resumeTraining, train, type TrainOptions } from "./train.js";
