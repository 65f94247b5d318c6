import { existsSync, readFileSync } from "node:fs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { countPixels, dice, iou, meanAbsoluteError, meanSquaredError, precision, recall } from "./index.js";

// Expected values: the papers' reference evaluators, see the README of ../shared/fixtures.
const folder = new URL("../../../../../shared/fixtures/metrics/", import.meta.url);
const here = existsSync(folder);

interface Case {
  readonly case: string;
  readonly values: {
    readonly mad_e3: number;
    readonly mse_e3: number;
    readonly threshold128: Record<"tp" | "fp" | "fn" | "iou" | "dice", number>;
  };
}
const cases = here
  ? (JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as { cases: Case[] }).cases
  : [];

const plane = async (name: string): Promise<Uint8Array> =>
  sharp(readFileSync(new URL(name, folder)))
    .toColourspace("b-w")
    .raw()
    .toBuffer();

test.skipIf(!here)("counts, IoU, Dice, MAD and MSE equal the reference evaluators'", async () => {
  expect(cases.length).toBeGreaterThan(0);
  for (const { case: name, values } of cases) {
    const [predicted, mask] = [await plane(`${name}_pred.png`), await plane(`${name}_mask.png`)];
    const counts = countPixels(predicted, mask);
    const want = values.threshold128;
    expect([counts.truePositive, counts.falsePositive, counts.falseNegative], name).toEqual([
      want.tp,
      want.fp,
      want.fn,
    ]);
    expect(iou(counts), name).toBeCloseTo(want.iou, 12);
    expect(dice(counts), name).toBeCloseTo(want.dice, 12);
    expect(1000 * meanAbsoluteError(predicted, mask), name).toBeCloseTo(values.mad_e3, 4);
    expect(1000 * meanSquaredError(predicted, mask), name).toBeCloseTo(values.mse_e3, 4);
  }
});

test("a small case by hand", () => {
  const counts = countPixels(Uint8Array.of(255, 200, 127, 0), Uint8Array.of(255, 128, 129, 0));
  expect(counts).toEqual({ truePositive: 1, falsePositive: 1, falseNegative: 1, trueNegative: 1 });
  expect([iou(counts), dice(counts), precision(counts), recall(counts)]).toEqual([
    1 / 3,
    1 / 2,
    1 / 2,
    1 / 2,
  ]);
});

test("nothing to find and nothing found counts 0, as in the reference evaluators", () => {
  const counts = countPixels(Uint8Array.of(0, 0), Uint8Array.of(0, 0));
  expect([iou(counts), dice(counts), precision(counts), recall(counts)]).toEqual([0, 0, 0, 0]);
});

test("sizes that differ are an error", () => {
  expect(() => countPixels(new Uint8Array(3), new Uint8Array(4))).toThrow(
    "as many pixels as its mask (4); got 3",
  );
  expect(() => meanAbsoluteError(new Uint8Array(3), new Uint8Array(4))).toThrow("resize the prediction");
});
