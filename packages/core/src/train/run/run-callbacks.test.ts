import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors } from "../../checkpoint/index.js";
import type { Callback } from "../callbacks/index.js";
import { resumeTraining, train } from "./index.js";
import { openRuns, refusal, stopAfter, type Runs } from "./runs.test-support.js";

// Callbacks of the user's own, from modules and from code.

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns();
  await mkdir(join(runs.folder, "callbacks"));
});
afterAll(() => runs.remove());

async function moduleOf(name: string, text: string): Promise<string> {
  const path = join(runs.folder, "callbacks", `${name}.mjs`);
  await writeFile(path, text);
  return path;
}

test("a module's factory is waited for, and its callback fires with the configuration it was given", async () => {
  const path = await moduleOf(
    "stops",
    `export default async ({ batch }) => ({
      name: "Stops",
      onEpochEnd({ epoch }, run) { if (epoch === 2) run.stop("enough of batches of " + batch); },
    });`,
  );
  const { ended, epochs } = await train(runs.config({ callbacks: [path] }), runs.run("stops"));
  expect([ended, epochs.length]).toEqual(["enough of batches of 4", 2]);
});

test.each([
  ["nothing", "", "a callback"],
  ["a number", "3", "3"],
])("a module that ends the run with %s for a reason ends it, over a break too", async (_, reason, ended) => {
  const name = `reason-${reason}`;
  const path = await moduleOf(
    name,
    `export default () => ({ name: "Ends", onStepEnd({ step }, run) { if (step === 2) run.stop(${reason}); } });`,
  );
  const { callback, signal } = stopAfter(2);
  const config = runs.config({ callbacks: [path] });
  const first = await train(config, runs.run(name), { signal, callbacks: [callback] });
  expect(first.isInterrupted).toBe(true);
  const second = await resumeTraining(runs.run(name));
  expect([second.ended, second.epochs.at(-1)!.step]).toEqual([ended, 2]);
});

test.each([
  [
    "nothing",
    "export default () => undefined;",
    /nothing\.mjs: expected a callback: an object; got undefined/,
  ],
  [
    "nameless",
    "export default () => ({ onEpochEnd() {} });",
    /nameless\.mjs: expected a callback with a name/,
  ],
  ["throws", 'export default () => { throw new Error("no token"); };', /throws\.mjs.*got no token/],
  ["number", "export default 3;", /number\.mjs: expected a default export that is a function.*got number/],
])("a module that makes %s is refused before the run begins", async (name, text, message) => {
  const path = await moduleOf(name, text);
  const error = await refusal(() => train(runs.config({ callbacks: [path] }), runs.run(name)));
  expect(error.message).toMatch(message);
  await expect(readFile(join(runs.run(name), "config.json"))).rejects.toThrow("ENOENT");
});

/** Keeps the first epoch, whatever comes. */
const keepsFirst: Callback = {
  name: "KeepsFirst",
  onEpochEnd: ({ epoch }, run) => {
    if (epoch === 1) run.keepAsBest();
  },
};

test("the best epoch is the one that was kept, over a break too, in the result and in the report", async () => {
  // By the configuration's own metric no epoch is better than the first.
  const kept = runs.config({ epochs: 3, lr: 0.02, modelCheckpoint: { monitor: "lr", mode: "min" } });
  const { callback, signal } = stopAfter(5);
  const keepsSecond: Callback = {
    name: "KeepsSecond",
    onEpochEnd: ({ epoch }, run) => {
      if (epoch === 2) run.keepAsBest();
    },
  };
  const path = runs.run("kept");
  await train(kept, path, { signal, callbacks: [callback, keepsFirst] });
  const result = await resumeTraining(path, { callbacks: [keepsSecond] });
  expect(result.best!.epoch).toBe(2);
  const best = decodeSafetensors(await readFile(join(path, "checkpoints/best.safetensors")));
  expect(best.metadata["epoch"]).toBe("2");
  expect(await readFile(join(path, "report.html"), "utf8")).toContain("at epoch 2 of 3");
  // Ended already: nothing is kept any more, and the best is the same.
  expect((await resumeTraining(path)).best!.epoch).toBe(2);
});

test("a learning rate of nothing is refused", async () => {
  const halts: Callback = {
    name: "Halts",
    onStepEnd: (_, run) => {
      run.scaleLearningRate(0);
    },
  };
  const error = await refusal(() => train(runs.config(), runs.run("halts"), { callbacks: [halts] }));
  expect([error.code, error.where, error.got]).toEqual([
    "invalid-argument",
    "scaleLearningRate of a callback",
    "0",
  ]);
});
