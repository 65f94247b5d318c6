import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeSafetensors } from "../../checkpoint/index.js";
import type { Callback } from "../callbacks/index.js";
import { loadCheckpoint } from "./record/checkpoints.js";
import { resumeTraining, train, type RunConfigInput, type TrainEvent } from "./index.js";
import { resolveConfig } from "./config/resolve-config.js";
import { openRuns, refusal, signalAt, stopAfter, type Runs } from "./runs.test-support.js";

let runs: Runs;
let folder: string;
beforeAll(async () => {
  runs = await openRuns();
  folder = runs.folder;
});
afterAll(() => runs.remove());

const config = (more?: Partial<RunConfigInput>) => runs.config(more);
const run = (name: string): string => runs.run(name);
const metricsOf = (name: string): Promise<string> => runs.metricsOf(name);

describe("a run", () => {
  test("learns, and leaves everything in its folder", { timeout: 120_000 }, async () => {
    const events: TrainEvent[] = [];
    const result = await train(config({ epochs: 8 }), run("first"), {
      onEvent: (event) => events.push(event),
    });
    expect(result.isInterrupted).toBe(false);
    expect(result.best!.metrics["val_iou"]).toBeGreaterThan(0.8);
    expect((await readdir(run("first"))).sort()).toEqual(
      [
        "checkpoints",
        "config.json",
        "data.json",
        "environment.json",
        "metrics.jsonl",
        "report.html",
        "samples",
        "steps.jsonl",
        "tensorboard",
        "timings.jsonl",
      ].sort(),
    );
    expect(await readFile(join(run("first"), "report.html"), "utf8")).toContain("<svg");
    expect(await readdir(join(run("first"), "samples"))).toHaveLength(8);
    const best = decodeSafetensors(await readFile(join(run("first"), "checkpoints/best.safetensors")));
    expect(best.metadata["epoch"]).toBe(String(result.best!.epoch));
    expect(events.filter(({ kind }) => kind === "epoch")).toHaveLength(8);
    const timings = (await readFile(join(run("first"), "timings.jsonl"), "utf8")).trim().split("\n");
    expect(JSON.parse(timings[7]!)).toMatchObject({ epoch: 8, memoryMb: expect.any(Number) as number });
  });

  test(
    "interrupted anywhere and resumed, gives what an unbroken one gives",
    { timeout: 240_000 },
    async () => {
      await train(config(), run("unbroken"));
      const unbroken = await metricsOf("unbroken");
      const steps = await readFile(join(run("unbroken"), "steps.jsonl"), "utf8");
      for (const step of [1, 3, 4, 9]) {
        const name = `broken-${step}`;
        const { callback, signal } = stopAfter(step);
        const first = await train(config(), run(name), { signal, callbacks: [callback] });
        expect(first.isInterrupted).toBe(true);
        expect((await resumeTraining(run(name))).isInterrupted).toBe(false);
        expect(await metricsOf(name), name).toBe(unbroken);
        expect(await readFile(join(run(name), "steps.jsonl"), "utf8"), name).toBe(steps);
      }
    },
  );

  test(
    "goes on from the checkpoint before, when the last one is cut short",
    { timeout: 120_000 },
    async () => {
      const { callback, signal } = stopAfter(6);
      await train(config(), run("cut"), { signal, callbacks: [callback] });
      await truncate(join(run("cut"), "checkpoints/last.safetensors"), 5000);
      const said: string[] = [];
      await resumeTraining(run("cut"), { onEvent: (event) => event.kind === "say" && said.push(event.line) });
      expect(said.join("\n")).toContain("going on from previous.safetensors");
      expect(await metricsOf("cut")).toBe(await metricsOf("unbroken"));
    },
  );

  test("ends early, lowers its rate, and remembers both over a break", { timeout: 240_000 }, async () => {
    const watching = config({
      epochs: 30,
      lr: 1e-7,
      earlyStopping: { patience: 4, minDelta: 0.5 },
      reduceLROnPlateau: { patience: 1, factor: 0.5, minDelta: 0.5 },
    });
    const unbroken = await train(watching, run("plateau"));
    expect(unbroken.ended).toContain("val_loss has not gained");
    expect(unbroken.epochs).toHaveLength(5);
    expect(unbroken.epochs.at(-1)!.metrics["lr"]).toBeLessThan(1e-7);
    const { callback, signal } = stopAfter(10);
    await train(watching, run("plateau-broken"), { signal, callbacks: [callback] });
    await resumeTraining(run("plateau-broken"));
    expect(await metricsOf("plateau-broken")).toBe(await metricsOf("plateau"));
  });

  test.each([
    ["mean-teacher", { method: "mean-teacher", rampEpochs: 2 }],
    ["self-training", { method: "self-training", warmEpochs: 2, rounds: 1, confidence: 0, agreement: 0 }],
  ] as const)("learns by %s too, broken or not", { timeout: 240_000 }, async (name, semi) => {
    const data = { ...config().data, unlabelled: join(folder, "bare") };
    const lines: string[] = [];
    const semiConfig = config({ data, semi, epochs: 3 });
    await train(semiConfig, run(name), {
      onEvent: (event) => event.kind === "say" && lines.push(event.line),
    });
    if (name === "self-training") expect(lines.join("\n")).toContain("kept 12 of 12 photos");
    const { callback, signal } = stopAfter(name === "self-training" ? 8 : 5);
    await train(semiConfig, run(`${name}-broken`), { signal, callbacks: [callback] });
    await resumeTraining(run(`${name}-broken`));
    expect(await metricsOf(`${name}-broken`)).toBe(await metricsOf(name));
  });
});

test("modnet adapts to photos alone, broken or not", { timeout: 300_000 }, async () => {
  const data = { train: join(folder, "discs"), unlabelled: join(folder, "bare") };
  const adapting = config({
    model: "modnet",
    modelOptions: {},
    loss: "paper",
    data,
    semi: { method: "soc" },
    epochs: 2,
    size: 64,
    lr: 1e-4,
  });
  const lines: string[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.kind === "begin") lines.push(...event.lines);
  };
  const whole = await train(adapting, run("soc"), { onEvent });
  expect(lines).toContain("12 to train, 20 to validate, 12 without masks");
  const [first, second] = whole.epochs.map(({ metrics }) => metrics["loss"]!);
  expect(second).toBeLessThan(first!);
  // In the middle of an epoch, where the copy is not the network.
  const { callback, signal } = stopAfter(2);
  await train(adapting, run("soc-broken"), { signal, callbacks: [callback] });
  await resumeTraining(run("soc-broken"));
  expect(await metricsOf("soc-broken")).toBe(await metricsOf("soc"));
});

test("a number of steps ends a run, and the schedule with it", { timeout: 60_000 }, async () => {
  const limited = await train(config({ steps: 5, schedule: "cosine" }), run("limited"));
  expect(limited.ended).toBe("5 steps");
  expect(limited.epochs.at(-1)!.step).toBe(5);
  // Of the last of its five steps.
  expect(limited.epochs.at(-1)!.metrics["lr"]).toBeCloseTo((0.01 * (1 + Math.cos((Math.PI * 4) / 5))) / 2, 9);
});

const BACKBONE = new URL(
  "../../../../../../shared/weights/mobilenetv2/mobilenetv2_1.0_imagenet_qat_fp16.json",
  import.meta.url,
).pathname;

test.skipIf(!existsSync(BACKBONE))(
  "begins with a backbone, its folded statistics from the photos (skipped where ../shared is not there)",
  { timeout: 180_000 },
  async () => {
    const lines: string[] = [];
    const input = config({
      model: "modnet",
      modelOptions: {},
      init: { backbone: BACKBONE },
      size: 64,
      steps: 1,
    });
    const { ended } = await train(input, run("backbone"), {
      onEvent: (event) => event.kind === "say" && lines.push(event.line),
    });
    expect(ended).toBe("1 steps");
    expect(lines).toContain("statistics of batch normalisation re-estimated on 64 training pictures");
  },
);

describe("the engine of a run", () => {
  test("replicas make no other run than micro-batches one by one", { timeout: 120_000 }, async () => {
    await train(config({ batch: 2, accumulate: 3 }), run("one-by-one"));
    await train(config({ batch: 2, accumulate: 3, replicas: 2, threads: 2 }), run("side-by-side"));
    // Validation takes all threads in both: sums over pixels may end on another last digit.
    const [one, side] = await Promise.all(
      ["one-by-one", "side-by-side"].map((name) => readFile(join(run(name), "steps.jsonl"), "utf8")),
    );
    expect(side).toBe(one);
  });

  test("validation may be at another size", { timeout: 120_000 }, async () => {
    const larger = await train(config({ epochs: 1, valSize: 64 }), run("larger"));
    const same = await train(config({ epochs: 1 }), run("same-size"));
    const steps = (name: string) => readFile(join(run(name), "steps.jsonl"), "utf8");
    // Training does not see it; what is measured does.
    expect(await steps("larger")).toBe(await steps("same-size"));
    expect(larger.best!.metrics["val_iou"]).not.toBe(same.best!.metrics["val_iou"]);
    const sheet = await sharp(join(run("larger"), "samples/epoch-0001.png")).metadata();
    expect(sheet.height).toBe(2 * 64 + 4);
    expect(() => resolveConfig(config({ model: "modnet", modelOptions: {}, valSize: 65 }))).toThrow(
      /valSize: expected a multiple of 32.*got 65.*take 64/s,
    );
  });

  test("more replicas than micro-batches are refused", () => {
    expect(() => resolveConfig(config({ replicas: 2 }))).toThrow(
      /replicas: expected at most accumulate \(1\).*got 2.*set accumulate to 2/s,
    );
  });

  test("a loss of logits is refused where a network gives mattes", () => {
    expect(() =>
      resolveConfig(config({ model: "u2netp", modelOptions: {}, loss: "bce-with-logits" })),
    ).toThrow(/loss bce-with-logits: expected a network that gives logits.*take bce/s);
  });

  test("an abort while measuring validation pictures is not waited out", { timeout: 60_000 }, async () => {
    const short = config({ epochs: 2 });
    const first = await train(short, run("measuring"), signalAt("validate"));
    expect([first.isInterrupted, first.epochs]).toEqual([true, []]);
    expect((await resumeTraining(run("measuring"))).isInterrupted).toBe(false);
    await train(short, run("measured"));
    expect(await metricsOf("measuring")).toBe(await metricsOf("measured"));
  });

  test("autotune measures once, keeps what it has on Ctrl-C, and resumes by the same recipes", async () => {
    const tuned = config({ autotune: true, epochs: 1 });
    const autotuneFile = join(folder, "cache", "autotune.json");
    const stopped = train(tuned, run("tuned"), { autotuneFile, ...signalAt("autotune") });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    const count = async (): Promise<number> => {
      const { machines } = JSON.parse(await readFile(autotuneFile, "utf8")) as {
        machines: Record<string, object>;
      };
      return Object.keys(Object.values(machines)[0]!).length;
    };
    expect(await count()).toBe(1);

    const told: TrainEvent[] = [];
    await resumeTraining(run("tuned"), { autotuneFile, onEvent: (event) => told.push(event) });
    const measured = told.filter(({ kind }) => kind === "autotune");
    expect(measured).toHaveLength((await count()) - 1);
    const lines = told.map((event) => (event.kind === "say" ? event.line : ""));
    expect(lines.join("\n")).toMatch(/^training on \w+ \(auto/m);

    await writeFile(autotuneFile, "no longer read");
    const again = { autotuneFile, onEvent: (event: TrainEvent) => told.push(event) };
    await resumeTraining(run("tuned"), again);
    expect(told.filter(({ kind }) => kind === "autotune")).toEqual(measured);
    await writeFile(join(run("tuned"), "recipes.json"), "[]");
    await expect(resumeTraining(run("tuned"), again)).rejects.toMatchObject({ code: "invalid-data" });
  });

  test("a provider by name that is not here is an error, not another one", async () => {
    const provider = process.platform === "darwin" ? "dml" : "coreml";
    await expect(train(config({ provider }), run("elsewhere"))).rejects.toMatchObject({
      code: "provider-missing",
      where: `provider ${provider}`,
    });
  });
});

describe("bad input", () => {
  test.each([
    [{ epcohs: 3 }, "did you mean epochs?"],
    [{ data: { train: "x", splitt: { val: 2 } } }, "did you mean split?"],
    [{ earlyStopping: { patiense: 3 } }, "did you mean patience?"],
    [{ epochs: 0 }, "epochs"],
    [{ ema: 2 }, "ema"],
    [{ init: { weights: "a", backbone: "b" } }, "not both"],
    [{ provider: "gpu" }, "cuda"],
    [{ timeBudget: "soon" }, "1h30m"],
    [{ model: "unett" }, "unet"],
  ])("%j is refused with its place", async (more, part) => {
    expect((await refusal(() => config(more as never))).message).toContain(part);
  });

  test.each([
    [{}, "heads can be held to each other"],
    [{ model: "modnet", modelOptions: {}, ema: 0.9 }, "no ema"],
    [{ model: "modnet", modelOptions: {}, guide: "gt.safetensors" }, "no guide"],
  ] as const)("soc with %j is refused", async (more, part) => {
    const input = config({ ...more, size: 64, semi: { method: "soc" } });
    expect((await refusal(() => train(input, run("no-soc")))).message).toContain(part);
  });

  test("mean-teacher with an ema of its own is refused", () => {
    expect(() => resolveConfig(config({ ema: 0.9, semi: { method: "mean-teacher" } }))).toThrow(
      /mean-teacher: expected no ema.*got ema: 0.9.*semi.decay/s,
    );
  });

  test("a run that is there is not overwritten, unless by force", { timeout: 60_000 }, async () => {
    const before = await metricsOf("first");
    expect((await refusal(() => train(config(), run("first")))).code).toBe("exists");
    expect(await metricsOf("first")).toBe(before);
    await writeFile(join(folder, "runs", "note.txt"), "mine");
    const mine = join(folder, "runs");
    expect((await refusal(() => train(config(), mine, { force: true }))).code).toBe("not-found");
    expect(await readFile(join(mine, "note.txt"), "utf8")).toBe("mine");
  });

  test(
    "killed before its first step, a run begins again; half-written files go",
    { timeout: 60_000 },
    async () => {
      const path = run("begun");
      await mkdir(join(path, "checkpoints"), { recursive: true });
      for (const name of [
        "environment.json",
        "data.json",
        ".config.json.1.tmp",
        "checkpoints/.last.safetensors.1.tmp",
      ])
        await writeFile(join(path, name), "{");
      const { callback, signal } = stopAfter(1);
      await train(config({ epochs: 1 }), path, { signal, callbacks: [callback] });
      await resumeTraining(path);
      for (const folderOf of [path, join(path, "checkpoints")])
        expect((await readdir(folderOf)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
  );

  test("weights that have blown up are not saved", { timeout: 60_000 }, async () => {
    // One step an epoch, so that nothing is computed with them before they are measured.
    const error = await refusal(() => train(config({ batch: 12, lr: 1e39 }), run("blown-up")));
    expect(error.code).toBe("not-finite");
    expect(error.message).toMatch(/weights after step 1 .*first in \w+\..*clipNorm/s);
    expect(await readdir(join(run("blown-up"), "checkpoints"))).toEqual([]);
  });

  test("data that have changed since are not trained on silently", { timeout: 60_000 }, async () => {
    await cp(join(folder, "discs"), join(folder, "changing"), { recursive: true });
    const data = { train: join(folder, "changing"), split: { val: 6 } };
    const { callback, signal } = stopAfter(2);
    await train(config({ data }), run("changed"), { signal, callbacks: [callback] });
    await unlink(join(folder, "changing/images/003.png"));
    expect((await refusal(() => resumeTraining(run("changed")))).message).toContain("began with");
  });

  test(
    "a loss that is not finite names step, rate and layer, and keeps the checkpoint",
    { timeout: 60_000 },
    async () => {
      const blowUp: Callback = {
        name: "BlowUp",
        onEpochEnd: (_, run) => {
          run.scaleLearningRate(1e32);
        },
      };
      const error = await refusal(() => train(config(), run("nan"), { callbacks: [blowUp] }));
      expect(error.code).toBe("not-finite");
      expect(error.where).toMatch(/step \d+ \(learning rate 1e\+30\)/);
      expect(await readdir(run("nan"))).toContain("config.json");
      const kept = await loadCheckpoint(join(run("nan"), "checkpoints"), () => undefined);
      expect(kept!.state).toMatchObject({ step: 3, best: 1 });
    },
  );
});
