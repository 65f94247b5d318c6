import { describe, expect, test } from "vitest";
import type { Tensor } from "../graph/index.js";
import { conv, dropout, Module, sequential, type StateDict } from "../nn/index.js";
import { formulaTensor, summaryOf } from "../util/formula.test-support.js";
import { numbersOf } from "../util/index.js";
import {
  batchAt,
  floatsOf,
  formulaState,
  golden,
  runHere,
  runInGraph,
  smallDefinition,
  SmallNet,
  type GoldenRun,
} from "./step.test-support.js";
import { compileTrainStep, type StepHost, type TrainStep } from "./step.js";

/** Relative to the norm: the second number of a summary may be near zero. */
function expectSummary(
  got: readonly [number, number],
  expected: readonly [number, number],
  name: string,
): void {
  const tolerance = 2e-4 * Math.max(expected[0], 1e-2);
  expect(Math.abs(got[0] - expected[0]), `${name}, norm`).toBeLessThan(tolerance);
  expect(Math.abs(got[1] - expected[1]), `${name}, probe`).toBeLessThan(tolerance);
}

const numbers = (state: StateDict): [string, number[]][] =>
  Array.from(state, ([path, data]) => [path, numbersOf(data)]);

/** Use a step, and free it. */
async function using<S extends TrainStep>(step: Promise<S>, body: (step: S) => Promise<void>): Promise<void> {
  const opened = await step;
  try {
    await body(opened);
  } finally {
    await opened.dispose();
  }
}

const places: readonly (readonly [string, StepHost])[] = [
  ["weights on the host", runHere],
  ["weights on a device", runInGraph],
];

describe.each(places)("%s", (_, runner) => {
  const start = (run: Pick<GoldenRun, "optimiser" | "options" | "freeze">) => {
    const { optimiser, options, freeze } = run;
    const definition = smallDefinition({ optimiser, options, freeze });
    return compileTrainStep(definition, { runner, seed: 1, state: formulaState(definition.model) });
  };
  const batchesAt = (t: number, microBatches = 1) =>
    Array.from({ length: microBatches }, (__, j) => batchAt(t, j));

  test.each(golden.map((run) => [run.optimiser.kind, run] as const))(
    "trains as PyTorch: losses, norms, weights, statistics, averages, evaluation (%s)",
    async (__, run) => {
      await using(start(run), async (step) => {
        for (const [t, loss] of run.losses.entries()) {
          const result = await step.step(batchesAt(t, run.microBatches));
          expect(result.loss, `loss ${t}`).toBeCloseTo(loss, 5);
          expect(result.step).toBe(t + 1);
          if (run.norms.length > 0) expect(result.gradientNorm, `norm ${t}`).toBeCloseTo(run.norms[t]!, 4);
          else expect(result.gradientNorm).toBeUndefined();
        }
        const state = await step.modelState();
        expect([...state.keys()].sort()).toEqual(Object.keys(run.state).sort());
        for (const [path, data] of state)
          expectSummary(summaryOf(path, numbersOf(data)), run.state[path]!, path);
        if (run.average !== undefined) {
          const averages = await step.modelState({ average: true });
          for (const [path, expected] of Object.entries(run.average))
            expectSummary(summaryOf(path, numbersOf(averages.get(path)!)), expected, `average of ${path}`);
        }
        const { logits } = await step.evaluate("matte", { image: batchAt(0).image });
        expectSummary(summaryOf("logits", floatsOf(logits!)), run.evaluated, "evaluation");
      });
    },
  );

  test("the same seed gives the same run, to the bit; another one another", async () => {
    const losses = async (seed: number): Promise<number[]> => {
      const seen: number[] = [];
      await using(compileTrainStep(dropping(), { runner, seed }), async (step) => {
        for (let t = 0; t < 3; t++) seen.push((await step.step({ x: formulaTensor(`x${t}`, SHAPE) })).loss);
        const { y } = (await step.step({ x: formulaTensor("x", SHAPE) }, { fetch: ["y"] })).outputs;
        seen.push(...numbersOf(y!));
      });
      return seen;
    };
    const first = await losses(5);
    expect(await losses(5)).toEqual(first);
    expect(await losses(6)).not.toEqual(first);
  });

  test("parts that are computed again give the same run", async () => {
    const losses = async (recompute: readonly string[]): Promise<number[]> => {
      const definition = { ...smallDefinition(), recompute };
      const seen: number[] = [];
      const state = formulaState(definition.model);
      await using(compileTrainStep(definition, { runner, seed: 1, state }), async (step) => {
        for (let t = 0; t < 3; t++) seen.push((await step.step(batchAt(t))).loss);
      });
      return seen;
    };
    expect(await losses(["body", "up"])).toEqual(await losses([]));
  });

  test("saved states go on as if nothing had been between, micro-batches, dropout and averages included", async () => {
    const definition = dropping();
    const batchOf = (t: number) => [0, 1].map((j) => ({ x: formulaTensor(`x${t}.${j}`, SHAPE) }));
    const losses = async (step: TrainStep<"x">, from: number, to: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let t = from; t < to; t++) seen.push((await step.step(batchOf(t))).loss);
      return seen;
    };
    await using(compileTrainStep(definition, { runner, seed: 5 }), async (whole) => {
      await losses(whole, 0, 2);
      const [model, optimiser] = [await whole.modelState(), await whole.optimiserState()];
      const average = await whole.modelState({ average: true });
      const rest = await losses(whole, 2, 4);
      await using(compileTrainStep(definition, { runner, seed: 5 }), async (resumed) => {
        await losses(resumed, 0, 1);
        await resumed.restore({ model, optimiser });
        expect(numbers(await resumed.modelState({ average: true }))).toEqual(numbers(average));
        expect(await losses(resumed, 2, 4)).toEqual(rest);
        expect(numbers(await resumed.modelState())).toEqual(numbers(await whole.modelState()));
        expect(numbers(await resumed.optimiserState())).toEqual(numbers(await whole.optimiserState()));
      });
    });
  });

  test("a step that fails midway moves nothing", async () => {
    await using(start(golden[1]!), async (step) => {
      await step.step(batchesAt(0, 2));
      const before = [numbers(await step.modelState()), numbers(await step.optimiserState())];
      const broken = { ...batchAt(1), image: { ...batchAt(1).image, data: new Float32Array(864).fill(NaN) } };
      await expect(step.step([batchAt(1), broken])).rejects.toMatchObject({
        code: "not-finite",
        where: "training step 2 (learning rate 0.01)",
        got: "NaN, first in image",
      });
      expect([numbers(await step.modelState()), numbers(await step.optimiserState())]).toEqual(before);
      expect((await step.step(batchesAt(1, 2))).loss).toBeCloseTo(golden[1]!.losses[1]!, 5);
    });
  });

  test("a teacher that is the average of the student, and one with weights of its own", async () => {
    const [student, mean, fixed] = [new SmallNet(), new SmallNet(), new SmallNet()];
    const weights = formulaState(student);
    const { image, target } = batchAt(0);
    const definition = {
      ...smallDefinition({ options: { emaDecay: 0.5 } }),
      model: student,
      companions: { mean: { model: mean, weights: "average" }, fixed: { model: fixed, weights } },
      loss: (batch: Readonly<Record<"image" | "target", Tensor>>) => {
        const outputs = { mean: mean(batch.image), fixed: fixed(batch.image) };
        const logits = student(batch.image);
        return { loss: logits.sub(outputs.fixed).sub(batch.target).square().mean(), outputs };
      },
      evaluations: undefined,
    } as const;
    await using(compileTrainStep(definition, { runner, seed: 1, state: weights }), async (step) => {
      const fetch = { fetch: ["mean", "fixed"] } as const;
      const seen = [];
      for (let t = 0; t < 3; t++) seen.push((await step.step({ image, target }, fetch)).outputs);
      const [first, , last] = seen.map((outputs) => [
        numbersOf(outputs["mean"]!),
        numbersOf(outputs["fixed"]!),
      ]);
      expect(first![0]).toEqual(first![1]); // all begin alike
      expect(last![1]).toEqual(first![1]);
      expect(last![0]).not.toEqual(first![0]);
    });
  });

  test("frozen modules keep their statistics; unreached parameters are named", async () => {
    const definition = smallDefinition({ freeze: ["down"], evaluate: ["down"] });
    const state = formulaState(definition.model);
    await using(compileTrainStep(definition, { runner, seed: 1, state }), async (step) => {
      expect(step.trained.some((path) => path.startsWith("down."))).toBe(false);
      expect(step.trained).toContain("body.0.weight");
      expect(step.unreached).toEqual([]);
      await step.step(batchAt(0));
      const after = await step.modelState();
      for (const [path, data] of state) {
        const same = JSON.stringify(numbersOf(data)) === JSON.stringify(numbersOf(after.get(path)!));
        expect(same, path).toBe(path.startsWith("down."));
      }
    });
    const stopped = {
      ...definition,
      freeze: undefined,
      loss: ({ image, target }: Readonly<Record<"image" | "target", Tensor>>) => {
        const { model } = definition;
        return model
          .head(model.up(model.down(image).stopGradient()))
          .sub(target)
          .square()
          .mean();
      },
    };
    await using(compileTrainStep(stopped, { runner, seed: 1 }), async (step) => {
      expect(step.trained).toEqual(["up.weight", "up.bias", "head.weight", "head.bias"]);
      expect(step.unreached).toContain("body.0.weight");
      expect(step.unreached).toContain("down.0.weight");
      expect((await step.step(batchAt(0))).step).toBe(1);
    });
  });
});

const SHAPE = [2, 3, 6, 6];

class Dropping extends Module {
  readonly layers = sequential(conv(3, 4), dropout(0.5), conv(4, 2), dropout(0.3, { unit: "channel" }));

  forward(x: Tensor): Tensor {
    return this.layers(x);
  }
}

function dropping() {
  const model = new Dropping();
  return {
    model,
    inputs: { x: { shape: SHAPE } },
    loss: ({ x }: Readonly<Record<"x", Tensor>>) => {
      const y = model(x);
      return { loss: y.square().mean(), outputs: { y } };
    },
    optimiser: { kind: "adam", lr: 0.01 },
    options: { emaDecay: 0.9 },
  } as const;
}
