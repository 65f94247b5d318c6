import { describe, expect, it } from "vitest";
import { float32Arithmetic } from "./arithmetic.js";
import { createLayout, viewOf } from "./layout.js";
import { createOptimiser, type Optimiser } from "./optimiser.js";
import { ruleOf, type OptimiserSpec } from "./optimiser-spec.js";
import { spellOut } from "./parameter-groups.js";
import { golden, goldenLayout, gradientAt, numbersFor, startWeights } from "./optim-golden.test-support.js";
import { scheduleAt } from "./schedule.js";

const ADAM: OptimiserSpec = { kind: "adam", lr: 0.01 };

function start(spec: OptimiserSpec = ADAM, options = {}): Optimiser {
  const optimiser = createOptimiser(spec, goldenLayout, options);
  optimiser.weights.set(startWeights(goldenLayout));
  return optimiser;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe("against PyTorch, over 20 steps", () => {
  for (const { spec, options, weights, norms } of golden.optimisers) {
    it(`${JSON.stringify(spec)} ${JSON.stringify(options)}`, () => {
      const { schedule, microBatches = 1, ...rest } = options;
      const optimiser = start(spec, rest);
      for (let t = 1; t <= 20; t++) {
        for (let j = 0; j < microBatches - 1; j++) optimiser.accumulate(gradientAt(goldenLayout, t, j));
        const now = schedule === undefined ? undefined : scheduleAt(schedule, t - 1);
        const { gradientNorm } = optimiser.update(
          gradientAt(goldenLayout, t, microBatches - 1),
          now && { lr: spec.lr * now.factor, momentum: now.momentum },
        );
        if (norms !== undefined) expect(gradientNorm).toBeCloseTo(norms[t - 1]!, 6);
        const expected = weights[t];
        // Weights reach 2 to 4, where float32 is spaced by 2.4e-7.
        if (expected !== undefined)
          expect(largestDifference(optimiser.average ?? optimiser.weights, expected)).toBeLessThan(1e-6);
      }
      expect(optimiser.step).toBe(20);
    });
  }
});

it("is the rule's single-precision arithmetic, bit for bit, over more than one chunk", () => {
  const layout = createLayout([
    { path: "a", shape: [97, 101] },
    { path: "b", shape: [3] },
  ]);
  for (const spec of [ADAM, { kind: "sgd", lr: 0.1, momentum: 0.9, nesterov: true }] as const) {
    const optimiser = createOptimiser(spec, layout, { groups: [{ match: "b", lr: 0.5 }] });
    optimiser.weights.set(numbersFor("w", layout.size));
    const { rule, weightDecay } = ruleOf(spec);
    const plain = Array.from(optimiser.weights, (w): Record<string, number> => ({ w, m: 0, v: 0 }));
    for (let step = 0; step < 3; step++) {
      const gradient = numbersFor(`g${step}`, layout.size);
      optimiser.update(gradient);
      const coefficients = [1, 0.5].map((scale) => {
        const c = rule.coefficients({ lr: spec.lr * scale, weightDecay, step });
        return Object.fromEntries(Object.entries(c).map(([name, value]) => [name, Math.fround(value)]));
      });
      for (const [i, x] of plain.entries()) {
        const c = coefficients[i < 97 * 101 ? 0 : 1]!;
        Object.assign(x, rule.update(float32Arithmetic, { ...x, g: gradient[i]! }, c));
      }
    }
    expect(
      largestDifference(
        optimiser.weights,
        Float32Array.from(plain, ({ w }) => w!),
      ),
    ).toBe(0);
  }
});

it("takes a gradient per parameter as well as a flat one", () => {
  const layout = createLayout([
    { path: "a", shape: [3] },
    { path: "none", shape: [0] },
    { path: "b", shape: [8200] },
    { path: "c", shape: [2, 5] },
  ]);
  const [flat, pieces] = [0, 1].map(() => createOptimiser(ADAM, layout, { groups: [{ match: "c", lr: 2 }] }));
  for (let t = 0; t < 3; t++) {
    const gradient = numbersFor(`g${t}`, layout.size);
    const parts = layout.spans.map((span) => viewOf(gradient, span));
    flat!.accumulate(gradient);
    flat!.update(gradient);
    pieces!.accumulate(parts);
    pieces!.update(parts);
  }
  expect(largestDifference(flat!.weights, pieces!.weights)).toBe(0);
  expect(Math.abs(flat!.weights[0]!)).toBeGreaterThan(0);
});

describe("state", () => {
  it("resumes to the same weights", () => {
    const through = start(ADAM, { emaDecay: 0.9 });
    const first = start(ADAM, { emaDecay: 0.9 });
    for (let t = 1; t <= 4; t++) through.update(gradientAt(goldenLayout, t, 0));
    for (let t = 1; t <= 2; t++) first.update(gradientAt(goldenLayout, t, 0));
    const second = start(ADAM, { emaDecay: 0.9 });
    second.weights.set(first.weights);
    second.restore(structuredClone(first.state()));
    for (let t = 3; t <= 4; t++) second.update(gradientAt(goldenLayout, t, 0));
    expect(largestDifference(second.weights, through.weights)).toBe(0);
    expect(largestDifference(second.average!, through.average!)).toBe(0);
  });

  it("refuses another optimiser's state and says what is missing", () => {
    const sgd = start({ kind: "sgd", lr: 0.1, momentum: 0.9 });
    expect(() => {
      start().restore(sgd.state());
    }).toThrow("state of optimiser adam: expected an entry m/body.weight; got none");
    const state = start().state();
    state.set("m/tail", state.get("m/body.bias")!);
    expect(() => {
      start().restore(state);
    }).toThrow("got m/tail");
  });
});

describe("mistakes", () => {
  it("names an optimiser that is unknown", () => {
    const spec = { kind: "adamm", lr: 1 } as unknown as OptimiserSpec;
    expect(() => createOptimiser(spec, goldenLayout)).toThrow('did you mean "adam"?');
  });

  it("refuses a group that matches nothing", () => {
    expect(() => start(ADAM, { groups: [{ match: "bakcbone." }] })).toThrow(
      'parameter group "bakcbone.": expected to match a trained parameter',
    );
  });

  it("refuses a group whose parameters others have", () => {
    const [whole, part] = [
      { match: "body.", lr: 0.1 },
      { match: "body.bias", lr: 1 },
    ];
    expect(() => start(ADAM, { groups: [whole, part] })).toThrow(
      'parameter group "body.bias": expected a trained parameter that no group before it matches; ' +
        'got none: the first is matched by "body.". Fix: put the longer path first',
    );
    expect(() => start(ADAM, { groups: [part, whole] })).not.toThrow();
    expect(spellOut(goldenLayout, [part, whole]).map(({ match }) => match)).toEqual([
      ["body.bias"],
      ["body.weight"],
    ]);
  });

  it("refuses a gradient of the wrong length", () => {
    expect(() => start().update(new Float32Array(3))).toThrow("a flat gradient of 19 elements; got 3");
    const [first, , last] = goldenLayout.spans.map(({ size }) => new Float32Array(size));
    expect(() => start().update([first!, last!])).toThrow("expected 3 gradients; got 2");
    expect(() => start().update([first!, first!, last!])).toThrow("3 elements for body.bias; got 15");
  });

  it("leaves everything as it was when the norm to clip is not finite", () => {
    const optimiser = start(ADAM, { clipNorm: 1 });
    const gradient = gradientAt(goldenLayout, 1, 0);
    gradient[5] = NaN;
    expect(() => optimiser.update(gradient)).toThrow("gradient: expected a finite norm; got NaN");
    expect(largestDifference(optimiser.weights, startWeights(goldenLayout))).toBe(0);
    expect(optimiser.step).toBe(0);
  });

  it("refuses more than 4 GiB", () => {
    const layout = createLayout([{ path: "huge", shape: [300_000_000] }]);
    expect(() => createOptimiser(ADAM, layout)).toThrow("at most 4 GiB");
  });
});
