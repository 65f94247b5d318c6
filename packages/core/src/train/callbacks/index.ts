export type * from "./callback.js";
export * from "./callback-list.js";
export * from "./early-stopping.js";
export * from "./model-checkpoint.js";
export { Monitor, type MonitorOptions } from "./monitor.js";
export * from "./reduce-lr-on-plateau.js";
