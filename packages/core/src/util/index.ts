export * from "./as-dtype.js";
export * from "./dtype.js";
export * from "./errors.js";
export * from "./float16.js";
export * from "./nearest-name.js";
export * from "./random.js";
export * from "./tensor-data.js";
export * from "./worker-url.js";
