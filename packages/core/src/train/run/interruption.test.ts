import { appendFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Callback } from "../callbacks/index.js";
import { loadCheckpoint, saveCheckpoint } from "./record/checkpoints.js";
import { resumeTraining, train } from "./index.js";
import { openRuns, signalAt, stopAfter, type Runs } from "./runs.test-support.js";

// What was to end a run, or to be measured, outlives a break at the worst moment.

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns();
});
afterAll(() => runs.remove());

/** With micro-batches, an average and a number of steps that ends an epoch in the middle. */
const stepped = () => runs.config({ batch: 2, accumulate: 2, ema: 0.9, steps: 5, epochs: 9 });

test("a number of steps ends a run that was broken at its last step, or while it was measured", async () => {
  const unbroken = await train(stepped(), runs.run("steps"));
  expect([unbroken.ended, unbroken.epochs.at(-1)!.step]).toEqual(["5 steps", 5]);
  const { callback, signal } = stopAfter(5);
  await train(stepped(), runs.run("steps-last"), { signal, callbacks: [callback] });
  await train(stepped(), runs.run("steps-measured"), signalAt("validate", 2));
  for (const name of ["steps-last", "steps-measured"]) {
    expect((await resumeTraining(runs.run(name))).ended, name).toBe("5 steps");
    expect(await runs.metricsOf(name), name).toBe(await runs.metricsOf("steps"));
  }
});

test("so does a callback that wanted the end", async () => {
  const { callback, signal } = stopAfter(4);
  const wants: Callback = {
    name: "Wants",
    onStepEnd: ({ step }, run) => {
      if (step === 4) run.stop("enough");
    },
  };
  const path = runs.run("wanted");
  const first = await train(runs.config(), path, { signal, callbacks: [wants, callback] });
  expect(first.isInterrupted).toBe(true);
  const second = await resumeTraining(path);
  expect([second.ended, second.epochs.at(-1)!.step]).toEqual(["enough", 4]);
});

test("a time budget that has run out takes no further step", async () => {
  const { callback, signal } = stopAfter(4);
  const path = runs.run("late");
  await train(runs.config({ timeBudget: "1h" }), path, { signal, callbacks: [callback] });
  const checkpoints = join(path, "checkpoints");
  const checkpoint = (await loadCheckpoint(checkpoints, () => undefined))!;
  await saveCheckpoint(checkpoints, {
    ...checkpoint,
    state: { ...checkpoint.state, elapsedMs: 3_600_000 },
  });
  const { ended, epochs } = await resumeTraining(path);
  expect([ended, epochs.at(-1)!.step]).toEqual(["the time budget of 1 h 0 m", 4]);
});

test("the last epoch is measured though the run was broken while it was, and its row stands once", async () => {
  const short = runs.config({ epochs: 2 });
  await train(short, runs.run("whole"));
  const path = runs.run("last-epoch");
  const first = await train(short, path, signalAt("validate", 2));
  expect(first.epochs).toHaveLength(1);
  expect(await readFile(join(path, "report.html"), "utf8")).toContain("samples/epoch-0001.png");
  // As if it had been killed between writing the row and saving.
  const rows = (await runs.metricsOf("whole")).split("\n");
  await appendFile(join(path, "metrics.jsonl"), `${rows[1]}\n`);
  expect((await resumeTraining(path)).ended).toBe("2 epochs");
  expect(await runs.metricsOf("last-epoch")).toBe(await runs.metricsOf("whole"));
});

test("an epoch's learning rate is that of its last step, broken before it is measured or not", async () => {
  const config = runs.config({ epochs: 2, schedule: "cosine" });
  await train(config, runs.run("rates"));
  const steps = (await readFile(join(runs.run("rates"), "steps.jsonl"), "utf8")).trim().split("\n");
  const [, , third] = steps.map((line) => JSON.parse(line) as { lr: number });
  expect((await runs.epochsOf("rates"))[0]!.metrics["lr"]).toBe(third!.lr);
  await train(config, runs.run("rates-broken"), signalAt("validate"));
  await resumeTraining(runs.run("rates-broken"));
  expect(await runs.metricsOf("rates-broken")).toBe(await runs.metricsOf("rates"));
});

test("a checkpoint from before a state had all its keys still loads", async () => {
  const { callback, signal } = stopAfter(4);
  const path = runs.run("older");
  // By this metric no epoch is better than the first.
  const config = runs.config({ modelCheckpoint: { monitor: "lr", mode: "min" } });
  await train(config, path, { signal, callbacks: [callback] });
  const checkpoints = join(path, "checkpoints");
  const { state, ...weights } = (await loadCheckpoint(checkpoints, () => undefined))!;
  const { lr, best, stop, lastRound, ...older } = state;
  expect(lr).toBeGreaterThan(0);
  expect([best, stop, lastRound]).toEqual([1, undefined, undefined]);
  await saveCheckpoint(checkpoints, { ...weights, state: older as typeof state });
  const resumed = await resumeTraining(path);
  expect([resumed.ended, resumed.best?.epoch]).toEqual(["4 epochs", 1]);
  expect(await readFile(join(path, "report.html"), "utf8")).toContain("at epoch 1 of 4");
});
