import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { configFromFlags } from "./config-from-flags.js";
import type { TrainFlags } from "./flags.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-cli-flags-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What flags come to over a file. */
async function inputOf(flags: Partial<TrainFlags>, file?: object): Promise<Record<string, unknown>> {
  const config = join(folder, "run.json");
  if (file !== undefined) await writeFile(config, JSON.stringify(file));
  const given = { ...flags, ...(file === undefined ? {} : { config }) };
  return (await configFromFlags(given)).input as Record<string, unknown>;
}

const data = { train: "photos", val: "others" };

describe("a flag sets its key and leaves the rest of the file", () => {
  test.each<[Partial<TrainFlags>, object, object]>([
    [{ epochs: "5" }, { epochs: 3, lr: 0.1 }, { epochs: 5, lr: 0.1 }],
    [
      { earlyStopping: "10" },
      { earlyStopping: { monitor: "val_iou", patience: 5 } },
      { earlyStopping: { monitor: "val_iou", patience: 10 } },
    ],
    [
      { earlyStopping: true },
      { earlyStopping: { monitor: "val_iou", patience: 5 } },
      { earlyStopping: { monitor: "val_iou", patience: 5 } },
    ],
    [
      { monitor: "val_dice", reduceOnPlateau: true },
      { earlyStopping: { monitor: "val_loss", mode: "min", patience: 5 } },
      {
        modelCheckpoint: { monitor: "val_dice" },
        earlyStopping: { monitor: "val_dice", patience: 5 },
        reduceLROnPlateau: { monitor: "val_dice" },
      },
    ],
    [
      { init: "a.pth" },
      { init: { backbone: "b.pth", partial: true } },
      { init: { weights: "a.pth", partial: true } },
    ],
    [{ partial: true }, { init: { weights: "a.pth" } }, { init: { weights: "a.pth", partial: true } }],
    [
      { semi: "mean-teacher" },
      { semi: { method: "mean-teacher", weight: 5 } },
      { semi: { method: "mean-teacher", weight: 5 } },
    ],
    [{ semi: "soc" }, { semi: { method: "mean-teacher", weight: 5 } }, { semi: { method: "soc" } }],
    [
      { optimiser: "adam" },
      { optimiser: { kind: "adam", lr: 0.1, betas: [0.5, 0.9] } },
      { optimiser: { kind: "adam", lr: 0.1, betas: [0.5, 0.9] } },
    ],
    [
      { optimiser: "sgd", lr: "0.2", weightDecay: "1e-4" },
      { optimiser: { kind: "adam", lr: 0.1, betas: [0.5, 0.9] } },
      { optimiser: { kind: "sgd" }, lr: 0.2, weightDecay: 1e-4 },
    ],
    [
      { schedule: "cosine" },
      { schedule: { kind: "cosine", end: 0.1 } },
      { schedule: { kind: "cosine", end: 0.1 } },
    ],
    [{ schedule: "constant" }, { schedule: { kind: "cosine", end: 0.1 } }, { schedule: "constant" }],
    [
      { lrGroup: ["enc.0=0.5"], freeze: ["head"], callback: ["mine.mjs"], clipNorm: "5", warmUp: "10" },
      { learningRates: { backbone: 0.1 } },
      {
        learningRates: { backbone: 0.1, "enc.0": 0.5 },
        freeze: ["head"],
        callbacks: ["mine.mjs"],
        clipNorm: 5,
        warmUp: 10,
      },
    ],
  ])("%j over %j", async (flags, file, expected) => {
    expect(await inputOf(flags, { data, ...file })).toEqual({ data, ...expected });
  });

  test.each<[string[], object, [string, number][]]>([
    [["backbone=0.5"], { "backbone.": 0.1 }, [["backbone", 0.5]]],
    [
      ["backbone.=0.5"],
      { backbone: 0.1, head: 2 },
      [
        ["backbone.", 0.5],
        ["head", 2],
      ],
    ],
    [
      ["backbone=0.1", "backbone.4=1"],
      {},
      [
        ["backbone.4", 1],
        ["backbone", 0.1],
      ],
    ],
    [
      ["backbone.4=1"],
      { backbone: 0.1 },
      [
        ["backbone.4", 1],
        ["backbone", 0.1],
      ],
    ],
    [
      ["backbone=0.1"],
      { "backbone.4": 1 },
      [
        ["backbone.4", 1],
        ["backbone", 0.1],
      ],
    ],
  ])("parts' learning rates %j over %j, the longest first", async (lrGroup, learningRates, expected) => {
    const input = await inputOf({ lrGroup }, { data, learningRates });
    expect(Object.entries(input["learningRates"] as object)).toEqual(expected);
  });

  test("sets to validate on come in the place of a split", async () => {
    const split = { train: 77, val: 20 };
    const over = { data: { train: "photos", split } };
    expect((await inputOf({ val: "others" }, over))["data"]).toEqual(data);
    const flags = { data: ["a"], trainSplit: "t.txt", valSplit: "v.txt" };
    expect((await inputOf(flags, over))["data"]).toEqual({
      train: [{ path: "a", names: "t.txt" }],
      val: [{ path: "a", names: "v.txt" }],
    });
    expect((await inputOf({ data: ["a"] }, over))["data"]).toEqual({ train: [{ path: "a" }], split });
  });

  test("sets too: one of them does not take the others away", async () => {
    const { data: came } = await inputOf({ data: ["mine"], trainSplit: "t.txt" }, { data });
    expect(came).toEqual({ train: [{ path: "mine", names: "t.txt" }], val: "others" });
    expect((await inputOf({ backgrounds: ["b"] }, { data }))["data"]).toEqual({
      ...data,
      backgrounds: ["b"],
    });
  });

  test("augmentations are read from a file of them, or from a configuration", async () => {
    const list = ["hue", { flip: {} }];
    const augment = join(folder, "augment.yaml");
    for (const content of [list, { augment: list }]) {
      await writeFile(augment, JSON.stringify(content));
      expect((await inputOf({ augment }, { data }))["augment"]).toEqual(list);
    }
    await writeFile(augment, "epochs: 3");
    await expect(inputOf({ augment }, { data })).rejects.toThrow("a configuration without");
  });
});

test("a run's configuration is taken again, with its times in milliseconds too", async () => {
  const config = join(folder, "earlier", "config.json");
  await mkdir(join(folder, "earlier", "checkpoints"), { recursive: true });
  await writeFile(config, JSON.stringify({ data, epochs: 3, checkpointEvery: 300_000 }));
  const { input } = await configFromFlags({ config, epochs: "5" });
  expect(input).toMatchObject({ epochs: 5, checkpointEvery: "300s", data: { train: [{ path: "photos" }] } });
});

test.each<[Partial<TrainFlags>, string]>([
  [{ trainSplit: "t.txt" }, "--train-split: expected to be given with --data"],
  [{ valSplit: "v.txt" }, "--val-split: expected to be given with --data"],
  [{ data: ["a"], val: "b", valSplit: "v.txt" }, "--val-split: expected to be given without --val"],
  [{ init: "a", backbone: "b" }, "--init: expected to be given without --backbone"],
  [{ partial: true }, "--partial: expected to be given with --init or --backbone"],
  [{ unlabelled: ["u"] }, "--unlabelled: expected to be given with --semi"],
  [{ optimiser: "sgd" }, "--optimiser: expected to be given with --lr"],
])("%j is refused beside a file with data", async (flags, message) => {
  const refusal = inputOf(flags, { data });
  await expect(refusal).rejects.toMatchObject({ code: "invalid-argument" });
  await expect(refusal).rejects.toThrow(message);
});
