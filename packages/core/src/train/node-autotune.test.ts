import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { autotuneNodeStep } from "./node-autotune.js";
import { createNodeTrainStep } from "./node.js";
import { batchAt, formulaState, golden, smallDefinition } from "./step.test-support.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autotune-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("measures once a machine, and the step trains by what it chose", async () => {
  const definition = smallDefinition({ optimiser: golden[0]!.optimiser });
  const cacheFile = join(folder, "deep", "recipes.json");
  const told: string[] = [];
  const options = {
    cacheFile,
    threads: 1,
    rounds: 1,
    onProgress: ({ key, recipe }: { key: string; recipe: string }) => told.push(`${key}: ${recipe}`),
  };
  const lowering = await autotuneNodeStep(definition, options);
  expect(Object.entries(lowering.choices!).map(([key, recipe]) => `${key}: ${recipe}`)).toEqual(told);
  expect(told.length).toBeGreaterThan(3);

  const kept = JSON.parse(await readFile(cacheFile, "utf8")) as { machines: Record<string, unknown> };
  expect(Object.values(kept.machines)).toEqual([lowering.choices]);
  expect(Object.keys(kept.machines)[0]).toMatch(/onnxruntime \d+\.\d+\.\d+, 1 threads/);
  const count = told.length;
  expect(await autotuneNodeStep(definition, options)).toEqual(lowering);
  expect(told).toHaveLength(count);

  const state = formulaState(definition.model);
  const step = await createNodeTrainStep({ ...definition, lowering }, { seed: 1, state, threads: 1 });
  try {
    for (let t = 0; t < 4; t++)
      expect((await step.step(batchAt(t))).loss).toBeCloseTo(golden[0]!.losses[t]!, 5);
  } finally {
    await step.dispose();
  }
});

test("an abort keeps what was measured", async () => {
  const cacheFile = join(folder, "aborted.json");
  const controller = new AbortController();
  const attempt = autotuneNodeStep(smallDefinition(), {
    cacheFile,
    rounds: 1,
    signal: controller.signal,
    onProgress: ({ done }) => {
      if (done === 2) controller.abort();
    },
  });
  await expect(attempt).rejects.toMatchObject({ code: "aborted" });
  const { machines } = JSON.parse(await readFile(cacheFile, "utf8")) as {
    machines: Record<string, Record<string, string>>;
  };
  expect(Object.keys(Object.values(machines)[0]!)).toHaveLength(2);
});

test("a file that is something else is refused by name", async () => {
  const cacheFile = join(folder, "other.json");
  for (const [text, where] of [
    ["{", cacheFile],
    ['{ "version": 2 }', `${cacheFile}: version`],
  ] as const) {
    await writeFile(cacheFile, text);
    await expect(autotuneNodeStep(smallDefinition(), { cacheFile })).rejects.toMatchObject({
      code: "invalid-data",
      where,
    });
  }
});
