import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Callback } from "../callbacks/index.js";
import { parseRunConfig, resumeTraining, train, type RunConfigInput, type TrainEvent } from "./index.js";
import { openRuns, refusal, stopAfter, type Runs } from "./runs.test-support.js";

// What a run leaves behind, and what it does not touch, when it cannot begin or go on.

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns();
  await train(runs.config({ epochs: 1 }), runs.run("good"));
});
afterAll(() => runs.remove());

const unlabelled = (): RunConfigInput["data"] => ({
  ...runs.config().data,
  unlabelled: join(runs.folder, "discs"),
});

test.each<[string, () => Partial<RunConfigInput>, RegExp]>([
  ["a batch larger than the set", () => ({ batch: 64 }), /batch: expected at most the 14 samples/],
  ["weights that are not there", () => ({ init: { weights: "no-such.pth" } }), /no-such\.pth/],
  ["a guide that fits nothing", () => ({ guide: "gt.pth" }), /guide: expected a network that follows/],
  [
    "a guide besides a teacher",
    () => ({
      model: "isnet",
      modelOptions: {},
      guide: "gt.pth",
      data: { ...unlabelled(), unlabelled: join(runs.folder, "bare") },
      semi: { method: "mean-teacher" },
    }),
    /guide: expected no teacher.*got semi\.method: mean-teacher/,
  ],
  [
    "photos that are all trained on",
    () => ({ data: unlabelled(), semi: { method: "mean-teacher" } }),
    /data\.unlabelled: expected photos besides.*got 20 that all are/,
  ],
  [
    "a path to freeze that is not there, before recipes are measured",
    () => ({ autotune: true, provider: "cpu", freeze: ["bakcbone"] }),
    /freeze: path.*bakcbone/,
  ],
])("%s is found before anything is written or overwritten", async (_, more, message) => {
  const config = runs.config(more());
  const error = await refusal(() => train(config, runs.run("bad")));
  expect(error.message).toMatch(message);
  expect(existsSync(runs.run("bad"))).toBe(false);
  const before = await runs.metricsOf("good");
  await refusal(() => train(config, runs.run("good"), { force: true }));
  expect(await runs.metricsOf("good")).toBe(before);
});

test("pictures are compared with each other when all else is right", async () => {
  // The comparison is what hears of the signal first.
  const begin = (callbacks: string[]) =>
    refusal(() => train(runs.config({ callbacks }), runs.run("compared"), { signal: AbortSignal.abort() }));
  expect((await begin(["no-such.mjs"])).where).toBe("callback no-such.mjs");
  expect((await begin([])).code).toBe("aborted");
  expect(existsSync(runs.run("compared"))).toBe(false);
});

test("a folder of the user's own checkpoints is not taken for the beginning of a run", async () => {
  const path = runs.run("mine");
  await mkdir(join(path, "checkpoints"), { recursive: true });
  await writeFile(join(path, "checkpoints/best.safetensors"), "mine");
  expect((await refusal(() => train(runs.config(), path))).code).toBe("exists");
  expect((await refusal(() => train(runs.config(), path, { force: true }))).code).toBe("not-found");
  expect(await readdir(join(path, "checkpoints"))).toEqual(["best.safetensors"]);
});

test("a run goes on from another folder than it was begun in", async () => {
  const { callback, signal } = stopAfter(2);
  const home = process.cwd();
  const config = parseRunConfig({
    ...runs.config(),
    data: {
      train: { path: "discs", names: "some.txt" },
      val: [{ path: "discs/", names: "others.txt" }],
    },
  });
  const names = Array.from({ length: 20 }, (_, n) => String(n).padStart(3, "0"));
  await writeFile(join(runs.folder, "discs/some.txt"), names.slice(0, 14).join("\n"));
  await writeFile(join(runs.folder, "others.txt"), names.slice(14).join("\n"));
  process.chdir(runs.folder);
  try {
    await train(config, "runs/moved", { signal, callbacks: [callback] });
  } finally {
    process.chdir(home);
  }
  const { data } = JSON.parse(await readFile(join(runs.run("moved"), "config.json"), "utf8")) as {
    data: unknown;
  };
  expect(data).toMatchObject({
    train: [{ path: join(runs.folder, "discs"), names: "some.txt" }],
    val: [{ path: join(runs.folder, "discs"), names: join(runs.folder, "others.txt") }],
  });
  expect((await resumeTraining(runs.run("moved"))).ended).toBe("4 epochs");
});

test("a run remembers what it was made on, and the names of what is set aside to test", async () => {
  const data = { train: join(runs.folder, "discs"), split: { val: 4, test: 2 } };
  const lines: string[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.kind === "begin") lines.push(...event.lines);
  };
  await train(runs.config({ epochs: 1, data }), runs.run("tested"), { onEvent });
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(runs.run("tested"), name), "utf8"));
  expect(((await read("data.json")) as { test: string[] }).test).toHaveLength(2);
  expect(lines).toContain("14 to train, 4 to validate, 2 set aside to test");
  const version = expect.stringMatching(/^\d+\.\d+\.\d+/) as string;
  expect(await read("environment.json")).toMatchObject({
    mattelier: version,
    onnxruntime: version,
    threads: 1,
    provider: expect.any(String) as string,
  });
});

test("steps alone end a run, however many epochs they come to", async () => {
  const lines: string[] = [];
  const { epochs, ...rest } = runs.config();
  expect(epochs).toBe(4);
  const { ended, epochs: measured } = await train(
    parseRunConfig({ ...rest, batch: 14, steps: 22, schedule: "cosine", samples: 0 }),
    runs.run("long"),
    { onEvent: (event) => event.kind === "begin" && lines.push(String(event.epochs), ...event.lines) },
  );
  expect([ended, measured.length]).toEqual(["22 steps", 22]);
  expect(measured[11]!.metrics["lr"]).toBeCloseTo(0.005, 9);
  expect(lines[0]).toBe("undefined");
  expect(lines.at(-1)).toContain("at most 22 steps");
});

test.skipIf(!existsSync("/dev/full"))(
  "a disk that fills up ends a run, which goes on when there is room (skipped without /dev/full)",
  async () => {
    await train(runs.config(), runs.run("roomy"));
    const [file, aside] = ["steps.jsonl", "aside.jsonl"].map((name) => join(runs.run("full"), name));
    const fillUp: Callback = {
      name: "FillUp",
      onStepEnd: async ({ step }) => {
        if (step !== 4) return;
        await rename(file!, aside!);
        await symlink("/dev/full", file!);
      },
    };
    const error = await refusal(() => train(runs.config(), runs.run("full"), { callbacks: [fillUp] }));
    expect([error.code, error.where, error.got]).toEqual(["unwritable", file, "no space left on the disk"]);
    await unlink(file!);
    await rename(aside!, file!);
    await resumeTraining(runs.run("full"));
    expect(await runs.metricsOf("full")).toBe(await runs.metricsOf("roomy"));
  },
);
