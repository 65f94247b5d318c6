export * from "./overlap.js";
export * from "./pixel-error.js";
