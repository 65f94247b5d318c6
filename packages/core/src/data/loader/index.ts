export { checkRecipe, Loader } from "./loader.js";
export * from "./loader-options.js";
export { epochLength, epochOrder, shuffle } from "./order.js";
export { BrokenSample, SampleReader } from "./sample-reader.js";
