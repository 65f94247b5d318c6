export * from "./builder.js";
export * from "./dim.js";
export * from "./graph.js";
export * from "./infer-types.js";
export * from "./print.js";
export * from "./rule.js";
export * from "./value.js";
export * from "./verify.js";
