import { expect, test } from "vitest";
import { parseRunConfig } from "./parse-config.js";
import { resolveConfig } from "./resolve-config.js";

/** Factors of the learning rate of a network whose recipe has `backbone.` at a tenth. */
const rates = (more: object) =>
  resolveConfig(parseRunConfig({ model: "inspyrenet-res2net50", data: { train: "photos" }, ...more }))
    .learningRates;

test.each([["backbone."], ["backbone"], ["backbone.layer1"]])(
  "a rate for %s goes with what is frozen, whoever asked for it",
  (path) => {
    const learningRates = { [path]: 0.1, decoder: 2 };
    expect(rates({ learningRates, freeze: ["backbone"] })).toEqual({ decoder: 2 });
    expect(rates({ learningRates, freeze: ["decoder"] })).toEqual({ [path]: 0.1 });
    expect(rates({ learningRates, freeze: ["back"] })).toEqual(learningRates);
  },
);

test("where all of the configuration's rates go, the recipe's do not come back", () => {
  expect(rates({ learningRates: { decoder: 2 }, freeze: ["decoder"] })).toEqual({});
  expect(rates({ freeze: ["backbone.layer1"] })).toEqual({ "backbone.": 0.1 });
});
