import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { resolveConfig } from "@mattelier/core/train/run";
import { writeDiscs } from "../packages/core/src/train/run/discs.test-support.js";
import { planComparison } from "./compare-runs/comparison.js";
import { isBegun, Results, type RunLine } from "./compare-runs/results.js";
import { comparisonTable, spread } from "./compare-runs/table.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-compare-"));
});
afterAll(() => rm(folder, { recursive: true }));

const common = (discs: string) => ({
  model: "unet",
  modelOptions: { base: 4, depth: 1, batchNorm: true },
  data: { train: discs, split: { val: 6 } },
  size: 32,
  batch: 4,
  epochs: 3,
  steps: 5,
  lr: 0.01,
  samples: 0,
  workers: 0,
  threads: 1,
});

test("methods by seeds, seed by seed, every configuration checked", () => {
  const input = {
    title: "t",
    seeds: [4, 5],
    common: common("discs"),
    runs: { A: null, "B, b": { loss: "dice" } },
  };
  const { runs } = planComparison(input, "file");
  expect(runs.map(({ folder: name }) => name)).toEqual(["a-4", "b-b-4", "a-5", "b-b-5"]);
  expect(runs[3]!.config).toMatchObject({ seed: 5, loss: "dice", steps: 5 });
  const twins = { ...input, runs: { "λ = 1": {}, "μ = 1": {}, "λ: 1": {} } };
  expect(() => planComparison(twins, "file")).toThrow(
    "file: runs: expected names that differ in letters or digits; got λ = 1 and λ: 1",
  );
  const wrong = { ...input, runs: { A: { epcohs: 3 } } };
  expect(() => planComparison(wrong, "file")).toThrow("did you mean epochs?");
  const apart = { ...input, runs: { A: null, B: { ema: 0.9, semi: { method: "mean-teacher" } } } };
  expect(() => planComparison(apart, "file")).toThrow("file: B: semi.method: mean-teacher: expected no ema");
  expect(() => planComparison({ ...input, runs: { A: { augment: ["flp"] } } }, "file")).toThrow(
    "file: A: augment[0]: expected",
  );
  expect(() => planComparison({ title: "t", run: {} }, "file")).toThrow(
    'file: expected one of title, seeds, common, runs; got the key "run". Fix: did you mean runs?',
  );
});

test.each(["losses", "semi-supervised"])("recipes/compare/%s.yaml is one", async (name) => {
  const path = new URL(`../recipes/compare/${name}.yaml`, import.meta.url).pathname;
  const { runs } = planComparison(parse(await readFile(path, "utf8")), name);
  expect(runs.length % 3).toBe(0);
  expect(runs.length).toBeGreaterThan(8);
  for (const { config } of runs) expect(resolveConfig(config)).toMatchObject({ batch: config.batch });
});

test("what earlier versions wrote down, with times in milliseconds, is gone on with", async () => {
  const input = {
    title: "t",
    seeds: [1],
    common: { ...common("discs"), timeBudget: "1m30s" },
    runs: { A: {} },
  };
  const [run] = planComparison(input, "file").runs;
  const config = { ...run!.config, checkpointEvery: 300_000, timeBudget: 90_000 };
  const path = join(folder, "earlier.jsonl");
  const line: RunLine = { method: "A", seed: 1, steps: 5, metrics: {}, config };
  await writeFile(path, `${JSON.stringify(line)}\n`);
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  expect((await Results.open(path)).has(run!)).toBe(true);
  expect(await isBegun(run!, folder)).toBe(true);
  const longer = { ...run!, config: { ...run!.config, timeBudget: "2m" } };
  await expect(isBegun(longer, folder)).rejects.toThrow("a run of the same configuration");
});

test("the table gives mean and spread over seeds, best first", () => {
  expect(spread([1, 2, 3])).toEqual({ mean: 2, deviation: 1 });
  expect(spread([5])).toEqual({ mean: 5, deviation: 0 });
  const line = (method: string, seed: number, iou: number): RunLine => ({
    method,
    seed,
    steps: 9,
    metrics: { val_iou: iou, val_dice: iou + 0.1 },
    config: {},
  });
  const table = comparisonTable("Title", [line("low", 1, 0.2), line("high", 1, 0.5), line("high", 2, 0.7)]);
  expect(table.split("\n").slice(0, 6)).toEqual([
    "## Title",
    "",
    "|  | IoU | Dice | IoU by seed | steps |",
    "| --- | --- | --- | --- | --- |",
    "| high | 0.6000 ± 0.1414 | 0.7000 ± 0.1414 | 1: 0.5000, 2: 0.7000 | 9 |",
    "| low | 0.2000 ± 0.0000 | 0.3000 ± 0.0000 | 1: 0.2000 | 9 |",
  ]);
});

test("trains what is not there yet", { timeout: 240_000 }, async () => {
  await writeDiscs(join(folder, "discs"), 20, 1);
  const [file, out] = [join(folder, "comparison.yaml"), join(folder, "out")];
  const input = {
    title: "Discs",
    seeds: [1, 2, 3],
    common: common(join(folder, "discs")),
    runs: { BCE: { loss: "bce" } },
  };
  await writeFile(file, JSON.stringify(input));
  const compare = async (...more: string[]): Promise<string> => {
    const args = ["tools/run.mjs", "tools", "compare-runs", file, "--out", out, ...more];
    return (await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, "..") }))
      .stdout;
  };
  expect(await compare("--seeds", "1")).toContain("BCE, seed 1: begins, 0 of 1 to come");
  const second = await compare("--jobs", "2");
  expect(second).not.toContain("seed 1:");
  expect(second).toContain("BCE, seed 2: begins, 1 of 3 to come\nBCE, seed 3: begins, 0 of 3 to come");
  const table = await readFile(join(out, "table.md"), "utf8");
  expect(table).toMatch(/^\| BCE \| 0\.\d{4} ± 0\.\d{4} \| .* \| 5 \|$/m);
  expect(second).toContain(table);
  const changed = { ...input, runs: { BCE: { loss: "dice" } } };
  await writeFile(file, JSON.stringify(changed));
  await expect(compare()).rejects.toThrow("expected results of the same configuration");
  // A run that was broken before its results were written.
  await writeFile(join(out, "results.jsonl"), "");
  await expect(compare()).rejects.toThrow("bce-1: expected a run of the same configuration");
  await writeFile(file, JSON.stringify(input));
  expect(await compare("--seeds", "1")).toContain("BCE, seed 1: begins");
  expect(await compare("--help")).toContain("--jobs 2");
  await expect(compare("--job", "2")).rejects.toThrow(/Unknown option '--job'.*compare-runs --help/s);
  await expect(compare("--jobs", "none")).rejects.toThrow("got --jobs none");
  await expect(compare("--seeds", "7")).rejects.toThrow(/got --seeds 7, of which .* has none/);
});
