import { describe, expect, it } from "vitest";
import { createRng } from "../util/index.js";
import * as init from "./init.js";

const SHAPE = [64, 32, 3, 3]; // fan in 288, fan out 576
const rng = () => createRng(3);

/** Mean, standard deviation, least and largest. */
function moments(values: Float32Array): { mean: number; std: number; least: number; most: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const std = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
  return { mean, std, least: Math.min(...values), most: Math.max(...values) };
}

describe("initialisers have the deviation that their formula says", () => {
  const expected: Record<string, [init.Initialiser, number]> = {
    "uniform(-2, 4)": [init.uniform(-2, 4), 6 / Math.sqrt(12)],
    "normal(0.3)": [init.normal(0.3), 0.3],
    kaimingUniform: [init.kaimingUniform(), Math.sqrt(2 / 288)],
    "kaimingUniform, fan out": [init.kaimingUniform({ fan: "out" }), Math.sqrt(2 / 576)],
    "kaimingNormal for tanh": [init.kaimingNormal({ nonlinearity: "tanh" }), 5 / 3 / Math.sqrt(288)],
    "kaimingNormal, slope": [init.kaimingNormal({ slope: 1 }), 1 / Math.sqrt(288)],
    xavierUniform: [init.xavierUniform(), Math.sqrt(2 / (288 + 576))],
    "xavierNormal, gain": [init.xavierNormal({ gain: 2 }), 2 * Math.sqrt(2 / (288 + 576))],
    // Of a standard normal within ±2: 0.8796.
    truncatedNormal: [init.truncatedNormal({ std: 0.5, low: -1, high: 1 }), 0.5 * 0.8796],
    "PyTorch's own": [init.defaultWeight, Math.sqrt(1 / 3 / 288)],
  };
  for (const [name, [initialiser, std]] of Object.entries(expected)) {
    it(name, () => {
      const { mean, std: own } = moments(initialiser(SHAPE, rng()));
      expect(own / std).toBeGreaterThan(0.98);
      expect(own / std).toBeLessThan(1.02);
      expect(Math.abs(mean - (name.startsWith("uniform") ? 1 : 0))).toBeLessThan(0.03 * std + 0.01);
    });
  }
});

it("keeps to its bounds", () => {
  const { least, most } = moments(init.truncatedNormal({ std: 3 })(SHAPE, rng()));
  expect(least).toBeGreaterThanOrEqual(-2);
  expect(most).toBeLessThanOrEqual(2);
  const bias = moments(init.defaultBias(SHAPE)([64], rng()));
  expect(Math.max(-bias.least, bias.most)).toBeLessThanOrEqual(1 / Math.sqrt(288));
});

it("fills with constants", () => {
  expect([...init.zeros([2], rng()), ...init.ones([2], rng()), ...init.constant(0.25)([1], rng())]).toEqual([
    0, 0, 1, 1, 0.25,
  ]);
});
