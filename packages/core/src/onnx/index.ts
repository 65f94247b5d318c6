export * from "./data-types.js";
export * from "./operators.js";
