import { describe, expect, it } from "vitest";
import { createRng } from "../util/index.js";
import { GuidedModel } from "./guided-model.js";

describe("GuidedModel", () => {
  it("finds the function when the matte is a linear one of the colours", () => {
    const rng = createRng(3);
    const [w, h] = [12, 10];
    const solver = new GuidedModel(w * h);
    for (let i = 0; i < w * h; i++) {
      const [r, g, b] = [rng.uniform(), rng.uniform(), rng.uniform()];
      solver.guide.set([r, g, b], i * 3);
      solver.p[i] = 0.2 + 0.3 * r - 0.1 * g + 0.4 * b;
    }
    solver.solve(w, h, 1e-9);
    for (let i = 0; i < w * h; i++) {
      expect(solver.model[i * 4]).toBeCloseTo(0.3, 2);
      expect(solver.model[i * 4 + 1]).toBeCloseTo(-0.1, 2);
      expect(solver.model[i * 4 + 2]).toBeCloseTo(0.4, 2);
      expect(solver.model[i * 4 + 3]).toBeCloseTo(0.2, 2);
    }
  });

  it("gives the window's mean where the picture is flat, and finite numbers everywhere", () => {
    const [w, h] = [8, 8];
    const solver = new GuidedModel(w * h);
    solver.guide.fill(0.5);
    for (let i = 0; i < w * h; i++) solver.p[i] = i % w < 4 ? 0 : 1;
    solver.solve(w, h, 1e-4);
    expect(solver.model.every(Number.isFinite)).toBe(true);
    // Means of means across the step: cells 2 to 5 of a row.
    const row = Array.from({ length: w }, (_, x) => solver.model[(4 * w + x) * 4 + 3]!);
    [0, 0, 1 / 9, 1 / 3, 2 / 3, 8 / 9, 1, 1].forEach((value, x) => {
      expect(row[x]).toBeCloseTo(value, 5);
    });
  });
});
