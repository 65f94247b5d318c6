import { expect, test } from "vitest";
import { parseRemoveFlags } from "./flags.js";

test("nothing given is everything at its default", () => {
  expect(parseRemoveFlags({})).toMatchObject({
    provider: "auto",
    mask: false,
    foreground: true,
    force: false,
  });
});

test.each([
  ["white", { kind: "colour", colour: "white" }],
  ["#ff0000", { kind: "colour", colour: "#ff0000" }],
  ["blur", { kind: "blur", radiusPx: undefined }],
  ["blur:12", { kind: "blur", radiusPx: 12 }],
  ["beach.jpg", { kind: "image", path: "beach.jpg" }],
  ["pictures/beach", { kind: "image", path: "pictures/beach" }],
])("--background %s", (text, background) => {
  expect(parseRemoveFlags({ background: text }).background).toEqual(background);
});

test.each([
  [true, { px: 0 }],
  ["20", { px: 20 }],
  ["20px", { px: 20 }],
  ["5%", { percent: 5 }],
])("--crop %s", (text, crop) => {
  expect(parseRemoveFlags({ crop: text }).crop).toEqual(crop);
});

test.each([
  [{ provider: "gpu" }, "--provider: expected one of auto, cpu, cuda", '"gpu"'],
  [{ jobs: "0" }, "--jobs: expected a whole number from 1 to 64", '"0"'],
  [{ jobs: "many" }, "--jobs: expected a number", '"many"'],
  [{ quality: "50.5" }, "--quality: expected a whole number from 1 to 100", '"50.5"'],
  [{ threshold: "2" }, "--threshold: expected a number from 0 to 1", '"2"'],
  [{ maxMegapixels: "" }, "--max-megapixels: expected a number", '""'],
  [{ background: "blur:x" }, "--background: expected blur:RADIUS", '"blur:x"'],
  [{ crop: "wide" }, "--crop: expected a margin", '"wide"'],
  [{ mask: true, background: "red" }, "--mask: expected", "both"],
  [{ json: true, output: "-" }, "--json: expected", "both"],
  [{ watch: true }, "--watch: expected a folder as --output", "none"],
])("%o is refused, naming the flag and what came", (raw, start, got) => {
  expect(() => parseRemoveFlags(raw)).toThrow(start);
  expect(() => parseRemoveFlags(raw)).toThrow(`got ${got}`);
});

test("jpg is jpeg", () => {
  expect(parseRemoveFlags({ format: "jpg" }).format).toBe("jpeg");
});
