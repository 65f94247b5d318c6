import { describe, expect, it } from "vitest";
import { golden } from "./optim-golden.test-support.js";
import { reduceOnPlateau } from "./reduce-on-plateau.js";
import { scheduleAt, type ScheduleSpec } from "./schedule.js";

describe("schedules against PyTorch", () => {
  for (const { spec, lr, momentum } of golden.schedules) {
    it(JSON.stringify(spec), () => {
      for (const [t, expected] of lr.entries()) {
        const now = scheduleAt(spec, t);
        expect(0.2 * now.factor).toBeCloseTo(expected, 9);
        if (now.momentum !== undefined) expect(now.momentum).toBeCloseTo(momentum[t]!, 9);
      }
    });
  }
});

it("holds the last value after the end", () => {
  expect(scheduleAt({ kind: "cosine", steps: 10, end: 0.1 }, 25).factor).toBeCloseTo(0.1, 12);
  expect(scheduleAt({ kind: "polynomial", steps: 10, end: 0.1 }, 25).factor).toBeCloseTo(0.1, 12);
  expect(scheduleAt({ kind: "one-cycle", steps: 10 }, 25).factor).toBeCloseTo(1 / 25e4, 12);
  expect(scheduleAt({ kind: "one-cycle", steps: 10, rise: 0.1 }, 0).factor).toBe(1);
});

it("rises beneath a falling schedule and takes the lower (InSPyReNet's warm-up)", () => {
  const spec: ScheduleSpec = {
    kind: "warm-up",
    steps: 12,
    combine: "min",
    then: { kind: "polynomial", steps: 100, power: 0.9 },
  };
  expect(scheduleAt(spec, 0).factor).toBeCloseTo(0.1, 12);
  expect(scheduleAt(spec, 6).factor).toBeCloseTo(0.55, 12);
  expect(scheduleAt(spec, 50).factor).toBeCloseTo(0.5 ** 0.9, 12);
});

it("names a schedule that is unknown", () => {
  expect(() => scheduleAt({ kind: "cosin" } as unknown as ScheduleSpec, 0)).toThrow('did you mean "cosine"?');
});

describe("reduce on plateau against PyTorch", () => {
  for (const { options, metrics, lr } of golden.plateaus) {
    it(JSON.stringify(options), () => {
      const plateau = reduceOnPlateau(0.1, options);
      for (const [i, metric] of metrics.entries()) {
        const before = plateau.lr;
        const fell = plateau.observe(metric);
        expect(plateau.lr).toBeCloseTo(lr[i]!, 12);
        expect(fell).toBe(plateau.lr < before);
      }
    });
  }

  it("goes on from its state", () => {
    const { options, metrics, lr } = golden.plateaus[1]!;
    let plateau = reduceOnPlateau(0.1, options);
    for (const [i, metric] of metrics.entries()) {
      plateau = reduceOnPlateau(plateau.state, options);
      plateau.observe(metric);
      expect(plateau.lr).toBeCloseTo(lr[i]!, 12);
    }
  });
});
