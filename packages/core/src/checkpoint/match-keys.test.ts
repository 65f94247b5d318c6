import { expect, test } from "vitest";
import { tensorFrom } from "../util/tensor-data.js";
import { describeMatch, matchKeys, requireMatch } from "./match-keys.js";

const zeros = (...shape: number[]) =>
  tensorFrom("float32", shape, new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0));

test("a fitting checkpoint passes whole, counters or none", () => {
  const expected = new Map([
    ["w", [2]],
    ["bn.num_batches_tracked", []],
  ]);
  const report = matchKeys(expected, new Map([["w", zeros(2)]]));
  expect(describeMatch(report)).toBe("");
  expect([...requireMatch(report, "weights.pth").keys()]).toEqual(["w"]);
});

test("what does not fit is listed by kind, and strictness refuses it", () => {
  const expected = new Map([
    ["a", [2]],
    ["b", [2]],
    ["c", [2]],
  ]);
  const report = matchKeys(
    expected,
    new Map([
      ["a", zeros(2)],
      ["b", zeros(3)],
      ["z", zeros(1)],
    ]),
  );
  expect([...report.matched.keys()]).toEqual(["a"]);
  expect(report.missing).toEqual(["c"]);
  expect(report.unexpected).toEqual(["z"]);
  expect(report.misshapen).toEqual([{ key: "b", expected: "[2]", got: "[3]" }]);
  expect(() => requireMatch(report, "weights.pth")).toThrow(
    "got 1 of 3 keys fit; 1 missing (c); 1 unexpected (z); 1 misshapen (b [3] instead of [2]). Fix: ",
  );
});
