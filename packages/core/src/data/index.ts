export * from "./augment/index.js";
export * from "./labelled-image.js";
export * from "./layouts/index.js";
export * from "./loader/index.js";
export * from "./pool.js";
export * from "./read-sample.js";
export * from "./sample.js";
