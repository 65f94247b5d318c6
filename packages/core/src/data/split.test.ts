import { expect, test } from "vitest";
import type { Sample } from "./sample.js";
import { selectByName } from "./split.js";

const samples = ["c1/0001", "c1/0002", "c2/0001", "0003", "c2/0003", "v1.2/0004"].map((name): Sample => ({
  kind: "unlabelled",
  name,
  imagePath: `images/${name}.jpg`,
}));
const select = (...names: string[]): string[] =>
  selectByName(samples, names, { where: "names.txt" }).map(({ name }) => name);

test.each([
  ["c2/0001", "c2/0001"],
  ["images/c2/0001.jpg", "c2/0001"],
  ["./c2/0001.jpg", "c2/0001"],
  ["set\\images\\c2\\0001.jpg", "c2/0001"],
  ["0002", "c1/0002"],
  ["elsewhere/0002.png", "c1/0002"],
  ["c1/images/0002.png", "c1/0002"],
  ["c1/elsewhere/0001.jpg", "c1/0001"],
  ["0003", "0003"],
  ["images/c2/0003.jpg", "c2/0003"],
  ["v1.2/0004", "v1.2/0004"],
])("%s is the sample %s", (name, sample) => {
  expect(select(name)).toEqual([sample]);
});

test("a name that fits several samples is refused", () => {
  expect(() => select("0002", "0001.jpg")).toThrow(
    "names.txt: expected names that fit one sample each; got 0001.jpg, which fits c1/0001 and c2/0001",
  );
  expect(() => select("elsewhere/0001.jpg")).toThrow("which fits c1/0001 and c2/0001");
});

test("a name of one folder is not a photo of another", () => {
  expect(() => select("c2/0002", "c1/0004.jpg", "set/c2/images/0002.jpg")).toThrow(
    "3 of 3 that it has not, such as c2/0002, c1/0004.jpg, set/c2/images/0002.jpg",
  );
});

test("a sample that is named again comes once", () => {
  expect(select("0002", "c2/0001", "c1/0002.jpg", "0002")).toEqual(["c1/0002", "c2/0001"]);
});

test("names of no sample, and none at all, are told", () => {
  expect(() => select("0002", "0099", "c1/0098.jpg")).toThrow(
    "2 of 3 that it has not, such as 0099, c1/0098.jpg",
  );
  expect(() => select()).toThrow("an empty list");
});
