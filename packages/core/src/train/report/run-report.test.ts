import { expect, test } from "vitest";
import { rateDrops } from "./run-report.js";

const marked = (rates: readonly number[]): number[] =>
  rateDrops(rates.map((lr, i) => ({ epoch: i + 1, metrics: { lr } }))).map(([epoch]) => epoch);

test("drops of the learning rate are marked", () => {
  expect(marked([1e-2, 1e-2, 1e-3, 1e-3, 1e-4])).toEqual([3, 5]);
  expect(marked([1e-2, 1e-3])).toEqual([2]);
  // After a warm-up; between steps of a slope.
  expect(marked([1e-3, 1e-2, 1e-3])).toEqual([3]);
  expect(marked([0.9, 0.8, 0.07, 0.06])).toEqual([3]);
});

test("the slope of a schedule is not", () => {
  const cosine = Array.from({ length: 11 }, (_, i) => (1 + Math.cos((Math.PI * i) / 10)) / 2);
  expect(marked(cosine)).toEqual([]);
  expect(marked([1, 0.6, 0.36, 0.216])).toEqual([]);
  // A cosine's last epochs, the run over within the last.
  expect(marked([5.7e-4, 5e-4, 3.8e-4, 2.5e-4, 1.3e-4, 4e-5, 1.6e-6, 1.9e-9])).toEqual([]);
  expect(marked([])).toEqual([]);
});
