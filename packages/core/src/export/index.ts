export { cardOf, type CardFacts } from "./card-of.js";
export * from "./export-network.js";
