export { setCodecThreads } from "./codec.js";
export * from "./bytes.js";
export * from "./decode.js";
export * from "./formats.js";
export * from "./header.js";
export * from "./icc.js";
export * from "./orient.js";
export * from "./picture.js";
export * from "./read-input.js";
