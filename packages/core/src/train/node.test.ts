import { afterEach, expect, test } from "vitest";
import type { StateDict } from "../nn/index.js";
import { createNodeTrainStep, type NodeStepOptions } from "./node.js";
import {
  batchAt,
  formulaState,
  golden,
  runHere,
  smallDefinition,
  type Overrides,
} from "./step.test-support.js";
import { compileTrainStep, type TrainStep } from "./step.js";

type Step = TrainStep<"image" | "target", "matte">;

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((step) => step.dispose()));
});

async function inWorker(overrides: Overrides = {}, options: Partial<NodeStepOptions> = {}): Promise<Step> {
  const definition = smallDefinition(overrides);
  const state = formulaState(definition.model);
  const step = await createNodeTrainStep(definition, { seed: 1, state, threads: 1, ...options });
  opened.push(step);
  return step;
}

async function losses(step: Step, from: number, to: number): Promise<number[]> {
  const seen: number[] = [];
  for (let t = from; t < to; t++) seen.push((await step.step(batchAt(t))).loss);
  return seen;
}

const bytes = (state: StateDict): Record<string, unknown> =>
  Object.fromEntries(Array.from(state, ([path, { data }]) => [path, Array.from(data as Float32Array)]));

test("a worker's steps are those of the calling thread, to the bit", async () => {
  const definition = smallDefinition();
  const local = await compileTrainStep(definition, {
    runner: runHere,
    seed: 1,
    state: formulaState(definition.model),
  });
  opened.push(local);
  const remote = await inWorker({ lowering: definition.lowering });
  expect(await losses(remote, 0, 4)).toEqual(await losses(local, 0, 4));
  expect(bytes(await remote.modelState())).toEqual(bytes(await local.modelState()));
});

test("this machine's own convolutions train alike", async () => {
  const seen = await losses(await inWorker({ optimiser: golden[0]!.optimiser }), 0, 8);
  seen.forEach((loss, t) => {
    expect(loss).toBeCloseTo(golden[0]!.losses[t]!, 5);
  });
});

test("replicas take micro-batches side by side, and steps are the same to the bit", async () => {
  const options = { optimiser: { kind: "adam", lr: 0.01 }, options: { emaDecay: 0.9 } } as const;
  const alone = await inWorker(options);
  const both = await inWorker(options, { replicas: 2, threads: 2 });
  for (let t = 0; t < 3; t++) {
    // The last one of three finds the other replica idle.
    const batches = [batchAt(t, 0), batchAt(t, 1), batchAt(t, 2)];
    const expected = await alone.step(batches, { fetch: ["logits"] });
    expect(await both.step(batches, { fetch: ["logits"] })).toEqual(expected);
  }
  expect(bytes(await both.modelState())).toEqual(bytes(await alone.modelState()));
  expect(bytes(await both.modelState({ average: true }))).toEqual(
    bytes(await alone.modelState({ average: true })),
  );
});

test("a replica that finds no finite loss leaves the model as it was", async () => {
  const step = await inWorker({}, { replicas: 2, threads: 2 });
  const before = bytes(await step.modelState());
  const bad = batchAt(0, 1);
  (bad.image.data as Float32Array)[7] = NaN;
  await expect(step.step([batchAt(0), bad])).rejects.toThrow(/step 1.*finite loss/s);
  expect(bytes(await step.modelState())).toEqual(before);
  expect((await step.step([batchAt(0), batchAt(1)])).step).toBe(1);
});

test("replicas elsewhere than on the CPU are refused", async () => {
  await expect(inWorker({}, { provider: "webgpu", replicas: 2 })).rejects.toThrow(
    /replicas: 2.*provider cpu/s,
  );
});

test("the event loop stays free while a step computes", async () => {
  const step = await inWorker();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 1);
  await step.step(Array.from({ length: 20 }, (_, j) => batchAt(0, j)));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(5);
});

test("a run that goes on from saved states is the run that was not interrupted", async () => {
  const options = { optimiser: { kind: "adam", lr: 0.01 }, options: { emaDecay: 0.9 } } as const;
  const whole = await inWorker(options);
  const first = await losses(whole, 0, 3);
  const [model, optimiser, average] = await Promise.all([
    whole.modelState(),
    whole.optimiserState(),
    whole.modelState({ average: true }),
  ]);
  const rest = await losses(whole, 3, 6);

  const resumed = await inWorker(options);
  await resumed.restore({ model, optimiser });
  expect(bytes(await resumed.modelState({ average: true }))).toEqual(bytes(average));
  expect(await losses(resumed, 3, 6)).toEqual(rest);
  expect(first).toHaveLength(3);
  expect(bytes(await resumed.modelState())).toEqual(bytes(await whole.modelState()));
});

test("calls are taken in their order, and those after dispose are refused", async () => {
  const step = await inWorker();
  const order: string[] = [];
  const calls = [
    step.step(batchAt(0)).then(({ step: n }) => order.push(`step ${n}`)),
    step.evaluate("matte", { image: batchAt(0).image }).then(() => order.push("evaluated")),
    step.step(batchAt(1)).then(({ step: n }) => order.push(`step ${n}`)),
  ];
  await Promise.all(calls);
  expect(order).toEqual(["step 1", "evaluated", "step 2"]);
  await step.dispose();
  await expect(step.step(batchAt(2))).rejects.toThrow(/disposed/);
});

test("outputs of the objective come on request", async () => {
  const step = await inWorker();
  expect(Object.keys((await step.step(batchAt(0))).outputs)).toEqual([]);
  const { outputs } = await step.step(batchAt(1), { fetch: ["logits"] });
  expect(outputs["logits"]!.shape).toEqual([2, 1, 12, 12]);
});
