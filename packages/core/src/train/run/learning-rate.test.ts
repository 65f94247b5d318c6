import { expect, test } from "vitest";
import type { RunConfigInput } from "./config/config.js";
import { RunClock } from "./clock.js";
import { parseRunConfig } from "./config/parse-config.js";
import { resolveConfig } from "./config/resolve-config.js";
import { learningRate } from "./learning-rate.js";
import { Pace } from "./pace.js";
import { initialRunState } from "./record/run-state.js";

/** The factor after steps of a run of 4 epochs of 10 steps each. */
function factors(
  more: Partial<RunConfigInput>,
  steps: readonly number[],
  share = (step: number) => step / 40,
) {
  const config = parseRunConfig({ data: { train: "photos" }, epochs: 4, ...more });
  const rate = learningRate(config, { steps: 40, epochs: 4 });
  return steps.map((step) => rate({ step, epoch: Math.floor(step / 10), share: share(step) }).factor);
}

test.each<[RunConfigInput["schedule"], number[]]>([
  ["constant", [1, 1, 1]],
  ["cosine", [1, 0.5, 0]],
  [{ kind: "polynomial", end: 0.2 }, [1, 0.6, 0.2]],
  [{ kind: "step", every: 2, unit: "epoch" }, [1, 0.1, 0.01]],
  [{ kind: "multi-step", milestones: [5, 30], gamma: 0.5 }, [1, 0.5, 0.25]],
  [{ kind: "exponential", gamma: 0.5, unit: "epoch" }, [1, 0.25, 0.0625]],
  [{ kind: "warm-up", steps: 10, from: 0.5 }, [0.5, 1, 1]],
  // What follows lasts as long as is left: a third of 30 steps is over after 20.
  [{ kind: "warm-up", steps: 10, then: { kind: "polynomial" } }, [0.1, 2 / 3, 0]],
  [{ kind: "warm-up", steps: 1, then: { kind: "polynomial" }, unit: "epoch" }, [0.1, 2 / 3, 0]],
  [{ kind: "warm-up", steps: 10, then: { kind: "cosine" }, combine: "min" }, [0.1, 0.5, 0]],
])("%j at the beginning, the middle and the end", (schedule, expected) => {
  for (const [i, factor] of factors({ schedule }, [0, 20, 40]).entries())
    expect(factor).toBeCloseTo(expected[i]!, 12);
});

test("a time budget moves what has no length of its own, but for the rise", () => {
  const schedule = { kind: "warm-up", steps: 10, then: { kind: "polynomial" } } as const;
  const [rising, end] = factors({ schedule }, [5, 12], (step) => (step < 10 ? 0.3 : 1));
  expect(rising).toBeCloseTo(0.55, 12);
  expect(end).toBeCloseTo(0, 12);
});

test.each([
  ["min", [0.4, 0.4]],
  ["times", [0.55 * 0.4, 0.4]],
] as const)(
  "a time budget moves what is combined with the rise by %s, from the beginning",
  (combine, expected) => {
    const schedule = { kind: "warm-up", steps: 10, then: { kind: "polynomial" }, combine } as const;
    const found = factors({ schedule }, [5, 12], () => 0.6);
    for (const [i, factor] of found.entries()) expect(factor).toBeCloseTo(expected[i]!, 12);
  },
);

/** The factor where time alone ends a run, of 8 hours. */
function factorAt(combine: "after" | "min", step: number, hours: number): number {
  const schedule = { kind: "warm-up", steps: 1000, then: { kind: "polynomial" }, combine } as const;
  const config = parseRunConfig({ data: { train: "photos" }, timeBudget: "8h", schedule });
  const state = { ...initialRunState(), step };
  const clock = new RunClock(hours * 3_600_000, () => 0);
  return new Pace(resolveConfig(config), state, clock).rate(100).factor;
}

test("where time alone ends a run, what goes with a warm-up goes by its share", () => {
  // Risen to 0.55, and half of the run is over.
  expect(factorAt("min", 500, 4)).toBeCloseTo(0.5, 9);
  expect(factorAt("min", 2000, 6)).toBeCloseTo(0.25, 9);
  expect(factorAt("after", 500, 4)).toBeCloseTo(0.55, 9);
  expect(factorAt("after", 2000, 6)).toBeCloseTo(0.25, 3);
  expect(factorAt("after", 2000, 8)).toBeCloseTo(0, 9);
  // So fast that the rise was nothing.
  expect(factorAt("after", 1000, 0.001)).toBe(1);
});

test("warmUp goes on top", () => {
  expect(factors({ schedule: "constant", warmUp: 3 }, [0, 1, 2, 3])).toEqual([0.25, 0.5, 0.75, 1]);
});
