export * from "./augment/index.js";
export * from "./labelled-image.js";
