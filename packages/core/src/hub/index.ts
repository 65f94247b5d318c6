export * from "./cards.js";
