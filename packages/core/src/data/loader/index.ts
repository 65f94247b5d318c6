export * from "./first-readable.js";
export { checkRecipe, Loader } from "./loader.js";
export * from "./loader-options.js";
export { epochLength, epochOrder, shuffle } from "./order.js";
export { SampleReader } from "./sample-reader.js";
