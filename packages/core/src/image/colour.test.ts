import { describe, expect, it } from "vitest";
import { COLOUR_NAMES } from "./colour-names.js";
import { parseColour } from "./colour.js";

describe("parseColour", () => {
  it.each([
    ["red", [255, 0, 0, 1]],
    [" RebeccaPurple ", [102, 51, 153, 1]],
    ["transparent", [0, 0, 0, 0]],
    ["#f80", [255, 136, 0, 1]],
    ["#F808", [255, 136, 0, 136 / 255]],
    ["#ff6347", [255, 99, 71, 1]],
    ["#ff634780", [255, 99, 71, 128 / 255]],
    ["rgb(255, 99, 71)", [255, 99, 71, 1]],
    ["rgb(255 99 71 / 50%)", [255, 99, 71, 0.5]],
    ["rgba(255,99,71,.25)", [255, 99, 71, 0.25]],
    ["rgb(100% 0% 50%)", [255, 0, 128, 1]],
    ["rgb(300 -5 0)", [255, 0, 0, 1]],
    ["hsl(0 100% 50%)", [255, 0, 0, 1]],
    ["hsl(120deg, 100%, 25%)", [0, 128, 0, 1]],
    ["hsl(-120 100% 50% / 0.5)", [0, 0, 255, 0.5]],
    ["hsla(210, 50%, 60%, 1)", [102, 153, 204, 1]],
  ] as const)("%s", (text, [r, g, b, alpha]) => {
    expect(parseColour(text)).toEqual({ r, g, b, alpha });
  });

  it.each([
    "",
    "#12",
    "#12345",
    "#gggggg",
    "rgb(1,2)",
    "rgb(1,2,3,4,5)",
    "rgb(a b c)",
    "hsl(0 1 1)",
    "url(x)",
    "()",
  ])("refuses %j", (text) => {
    expect(() => parseColour(text)).toThrow(/expected a CSS colour/);
  });

  it("suggests the nearest name", () => {
    expect(() => parseColour("tomatoe")).toThrow('did you mean "tomato"?');
  });

  it("knows all names of CSS", () => {
    expect(COLOUR_NAMES.size).toBe(148);
  });
});
