export * from "./card.js";
export * from "./preprocessing.js";
