import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runConfigSchema } from "@mattelier/core/train/run";
import { MattelierError } from "@mattelier/core/util";
import { trainCommand } from "./train.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mattelier-cli-train-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a command line is answered with; the configuration's file is `run.yaml`. */
async function answerTo(args: readonly string[], yaml?: string): Promise<string> {
  const config = join(folder, "run.yaml");
  if (yaml !== undefined) await writeFile(config, yaml);
  const all = [...args, ...(yaml === undefined ? [] : ["--config", config])];
  try {
    await trainCommand().parseAsync(all, { from: "user" });
  } catch (error) {
    expect(error).toBeInstanceOf(MattelierError);
    return (error as MattelierError).message.replaceAll(config, "run.yaml");
  }
  return "accepted";
}

describe("typos in flags", () => {
  test.each<[string, string]>([
    [
      "--model u2ntep",
      '--model: expected one of unet, u2net, u2netp, isnet, isnet-gt, modnet, inspyrenet-res2net50, inspyrenet-swinb, pvt-matte; got "u2ntep". Fix: did you mean "u2netp"?',
    ],
    [
      "--loss comb",
      '--loss: expected one of paper, bce, bce-with-logits, dice, iou, combo, focal, tversky, lovasz-hinge, ssim, l1, mse, charbonnier, laplacian, compositional; got "comb". Fix: did you mean "combo"?',
    ],
    [
      "--optimiser adm --lr 0.1",
      '--optimiser: expected one of sgd, adam, adamw; got "adm". Fix: did you mean "adam"?',
    ],
    [
      "--schedule cosin",
      '--schedule: expected one of constant, cosine, polynomial, one-cycle; got "cosin". Fix: did you mean "cosine"?',
    ],
    [
      "--schedule step",
      '--schedule: expected its settings in a configuration file, such as {kind: step, every: 10}; got "step".',
    ],
    [
      "--semi mean-techer",
      '--semi: expected one of self-training, mean-teacher, soc; got "mean-techer". Fix: did you mean "mean-teacher"?',
    ],
    [
      "--monitor val_iuo",
      '--monitor: expected one of loss, val_loss, val_iou, val_dice, val_mae, val_mse, lr; got "val_iuo". Fix: did you mean "val_iou"?',
    ],
    ["--epochs ten", '--epochs: expected a number; got "ten".'],
    ["--time-budget 30", '--time-budget: expected hours, minutes, seconds: 1h30m, 30m, 90s; got "30".'],
    ["--ema 2", "--ema: expected less than 1; got 2."],
    [
      "--lr-group backbone",
      `--lr-group: expected the beginning of parameters' paths and a factor of the learning rate: backbone=0.1; got "backbone".`,
    ],
    [
      "--provider gpu",
      '--provider: expected one of auto, cpu, cuda, tensorrt, coreml, dml, webgpu; got "gpu". Fix: did you mean "cpu"?',
    ],
  ])("%s", async (flags, message) => {
    expect(await answerTo(["--data", "photos", ...flags.split(" ")])).toBe(message);
  });
});

describe("typos in a file", () => {
  test.each<[string, string]>([
    [
      "epcohs: 3",
      `run.yaml: expected one of ${Object.keys(runConfigSchema.shape).join(", ")}; got the key "epcohs". Fix: did you mean epochs?`,
    ],
    [
      "schedule: cosin",
      'run.yaml: schedule: expected one of constant, cosine, polynomial, one-cycle; got "cosin". Fix: did you mean "cosine"?',
    ],
    [
      "schedule: { kind: step, evry: 3 }",
      'run.yaml: schedule: expected one of kind, every, gamma, unit; got the key "evry". Fix: did you mean every?',
    ],
    [
      "loss: { kind: combo, alhpa: 3 }",
      'run.yaml: loss: expected one of kind, alpha, beta, from, smooth, reduction; got the key "alhpa". Fix: did you mean alpha?',
    ],
    [
      "optimiser: { kind: adam, lr: 0.1, weightDecy: 0.1 }",
      'run.yaml: optimiser: expected one of kind, lr, weightDecay, betas, eps; got the key "weightDecy". Fix: did you mean weightDecay?',
    ],
    [
      "semi: { method: mean-teacher, rampEpoch: 3 }",
      'run.yaml: semi: expected one of method, weight, rampEpochs, earlyDecay, decay, unlabelledBatch; got the key "rampEpoch". Fix: did you mean rampEpochs?',
    ],
    [
      "earlyStopping: { monitor: val_iuo }",
      'run.yaml: earlyStopping.monitor: expected one of loss, val_loss, val_iou, val_dice, val_mae, val_mse, lr; got "val_iuo". Fix: did you mean "val_iou"?',
    ],
    [
      "timeBudget: 1800",
      "run.yaml: timeBudget: expected hours, minutes, seconds: 1h30m, 30m, 90s; got 1800.",
    ],
    [
      "modelOptions: { bse: 4 }\nmodel: unet",
      'modelOptions: expected one of base, depth, batchNorm; got the key "bse". Fix: did you mean base?',
    ],
    [
      "augment: [flp]",
      'augment[0]: expected one of random-resized-crop, random-crop, centre-crop, resize, flip, rotate, scale, perspective, elastic, brightness, contrast, saturation, hue, gamma, gaussian-noise, blur, jpeg-artefacts, sharpness, random-erasing, cutmix, copy-paste; got "flp". Fix: did you mean "flip"?',
    ],
    [
      "augment: [{ rotate: { degree: 5 } }]",
      'augment[0].rotate: expected no key but degrees; got the key "degree". Fix: did you mean degrees?',
    ],
    [
      "data: { trian: photos }",
      'run.yaml: data: expected one of train, val, unlabelled, backgrounds, split; got the key "trian". Fix: did you mean train?',
    ],
    [
      "data: { train: { path: photos, nmaes: split.txt } }",
      'run.yaml: data.train: expected one of path, layout, images, masks, maskValues, names, draw, subset, weight; got the key "nmaes". Fix: did you mean names?',
    ],
    [
      "data: { train: [{ path: photos, layout: pears }] }",
      'run.yaml: data.train.0.layout: expected one of lists, composition, pairs, beside, two-folders, cutouts, unlabelled; got "pears". Fix: did you mean "pairs"?',
    ],
    [
      "data: { train: photos, splitt: { val: 0.2 } }",
      'run.yaml: data: expected one of train, val, unlabelled, backgrounds, split; got the key "splitt". Fix: did you mean split?',
    ],
  ])("%s", async (yaml, message) => {
    expect(await answerTo([], yaml.includes("data:") ? yaml : `data: { train: photos }\n${yaml}\n`)).toBe(
      message,
    );
  });
});

describe("flags beside a file", () => {
  test.each<[string, string, string]>([
    ["--epochs ten", "data: { train: photos }\nloss: bce", '--epochs: expected a number; got "ten".'],
    ["--epochs 3", "data: { train: photos }\nloss: bec", "run.yaml: loss: expected one of "],
    [
      "--val-split v.txt",
      "data: { train: photos, val: others }",
      "--val-split: expected to be given with --data, whose names it lists; got it alone.",
    ],
    [
      "--epochs 3",
      "data: { split: { val: 0.2 } }",
      "mattelier train: expected photos and masks to train on; got none. Fix: give --data FOLDER, or data.train in --config",
    ],
    // What the file says wrongly is the file's, beside a flag of the same key too.
    [
      "--loss combo",
      "data: { train: photos }\nloss: { kind: combo, alhpa: 3 }",
      'run.yaml: loss: expected one of kind, alpha, beta, from, smooth, reduction; got the key "alhpa"',
    ],
    [
      "--schedule cosine",
      "data: { train: photos }\nschedule: { kind: cosine, end: high }",
      'run.yaml: schedule.end: expected a number; got "high"',
    ],
    [
      "--early-stopping",
      "data: { train: photos }\nearlyStopping: { patience: -1 }",
      "run.yaml: earlyStopping.patience: expected at least 1; got -1",
    ],
    [
      "--lr-group backbone=0.1",
      "data: { train: photos }\nlearningRates: { backbone.layer4: -1 }",
      "run.yaml: learningRates.backbone.layer4: expected at least 0; got -1",
    ],
    [
      "--lr-group backbone=-1",
      "data: { train: photos }\nlearningRates: { backbone.layer4: 1 }",
      "--lr-group: expected at least 0; got -1",
    ],
    [
      "--early-stopping --monitor val_iuo",
      "data: { train: photos }",
      "--monitor: expected one of loss, val_loss,",
    ],
  ])("%s over %j", async (flags, yaml, message) => {
    expect(await answerTo(flags.split(" "), yaml)).toContain(message);
  });
});

test("a run that goes on takes no other flags, which it would not heed", async () => {
  expect(await answerTo(["--resume", "runs/first", "--epochs", "40", "--early-stopping", "--json"])).toBe(
    "--resume: expected to be given alone, or with --json: a run goes on by the configuration that it began with; " +
      "got --epochs, --early-stopping. " +
      "Fix: begin a new run from its weights: --init RUN/checkpoints/best.safetensors --out ANOTHER",
  );
});

test("help says where the keys are listed, and --keys lists them", async () => {
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  await trainCommand().parseAsync(["--keys"], { from: "user" });
  vi.restoreAllMocks();
  expect(out).toContain("  kind: cosine\n");
  expect(trainCommand().helpInformation().replaceAll(/\s+/g, " ")).toContain(
    "any of the keys that --keys lists",
  );
});
