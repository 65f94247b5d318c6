export * from "./grad.js";
export * from "./grad-check.js";
export * from "./pullback.js";
