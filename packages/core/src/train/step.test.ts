import { describe, expect, test } from "vitest";
import { summaryOf } from "../util/formula.test-support.js";
import { numbersOf } from "../util/index.js";
import {
  batchAt,
  floatsOf,
  formulaState,
  golden,
  runHere,
  smallDefinition,
  type GoldenRun,
} from "./step.test-support.js";
import { compileTrainStep } from "./step.js";

/** Relative to the norm: the second number of a summary may be near zero. */
function expectSummary(got: readonly [number, number], expected: readonly [number, number], name: string) {
  const tolerance = 2e-4 * Math.max(expected[0], 1e-2);
  expect(Math.abs(got[0] - expected[0]), `${name}, norm`).toBeLessThan(tolerance);
  expect(Math.abs(got[1] - expected[1]), `${name}, probe`).toBeLessThan(tolerance);
}

describe.each(golden.map((run) => [run.optimiser.kind, run] as const))("as PyTorch, %s", (_, run) => {
  const { losses, norms, microBatches = 1 } = run;

  async function trained(): Promise<{
    step: Awaited<ReturnType<typeof start>>;
    seen: GoldenRun["losses"][];
  }> {
    const step = await start();
    const seen: number[][] = [[], []];
    for (const t of losses.keys()) {
      const batches = Array.from({ length: microBatches }, (_, j) => batchAt(t, j));
      const { loss, gradientNorm } = await step.step(batches);
      seen[0]!.push(loss);
      if (gradientNorm !== undefined) seen[1]!.push(gradientNorm);
    }
    return { step, seen };
  }
  const start = () => {
    const { optimiser, options, freeze } = run;
    const definition = smallDefinition({ optimiser, options, freeze });
    return compileTrainStep(definition, { runner: runHere, seed: 1, state: formulaState(definition.model) });
  };

  test("losses, gradient norms, weights, running statistics, averages and the evaluation", async () => {
    const { step, seen } = await trained();
    try {
      losses.forEach((loss, t) => {
        expect(seen[0]![t], `loss ${t}`).toBeCloseTo(loss, 5);
      });
      expect(seen[1]).toHaveLength(norms.length);
      norms.forEach((norm, t) => {
        expect(seen[1]![t], `norm ${t}`).toBeCloseTo(norm, 4);
      });
      const state = await step.modelState();
      expect([...state.keys()].sort()).toEqual(Object.keys(run.state).sort());
      for (const [path, data] of state)
        expectSummary(summaryOf(path, numbersOf(data)), run.state[path]!, path);
      for (const [path, expected] of Object.entries(run.average ?? {})) {
        const averages = await step.modelState({ average: true });
        expectSummary(summaryOf(path, numbersOf(averages.get(path)!)), expected, `average of ${path}`);
      }
      const { image } = batchAt(0);
      const { logits } = await step.evaluate("matte", { image });
      expectSummary(summaryOf("logits", floatsOf(logits!)), run.evaluated, "evaluation");
    } finally {
      await step.dispose();
    }
  });
});
