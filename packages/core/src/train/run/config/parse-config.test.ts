import { describe, expect, test } from "vitest";
import { losses } from "../../../losses/index.js";
import { optimisers, schedules } from "../../../optim/index.js";
import type { MattelierError } from "../../../util/index.js";
import { parseRunConfig, parseSavedConfig } from "./parse-config.js";
import { resolveConfig } from "./resolve-config.js";

const parse = (more: object) => parseRunConfig({ data: { train: "photos" }, ...more }, "run.yaml");

const messageOf = (of: () => unknown): string => {
  try {
    of();
  } catch (error) {
    return (error as MattelierError).message;
  }
  return "no error";
};

const LOSSES = Object.keys(losses).join(", ");

describe("what a typo is answered with", () => {
  test.each([
    [{ loss: "comb" }, `loss: expected one of paper, ${LOSSES}; got "comb". Fix: did you mean "combo"?`],
    [
      { loss: { kind: "cmbo" } },
      `loss.kind: expected one of ${LOSSES}; got "cmbo". Fix: did you mean "combo"?`,
    ],
    [
      { loss: { kind: "combo", alhpa: 3 } },
      'loss: expected one of kind, alpha, beta, from, smooth, reduction; got the key "alhpa". Fix: did you mean alpha?',
    ],
    [{ loss: { kind: "focal", alpha: 3 } }, "loss.alpha: expected at most 1; got 3."],
    [
      { schedule: "cosin" },
      'schedule: expected one of constant, cosine, polynomial, one-cycle; got "cosin". Fix: did you mean "cosine"?',
    ],
    [
      { schedule: "step" },
      'schedule: expected its settings in a configuration file, such as {kind: step, every: 10}; got "step".',
    ],
    [
      { schedule: { kind: "step", evry: 3 } },
      'schedule: expected one of kind, every, gamma, unit; got the key "evry". Fix: did you mean every?',
    ],
    [{ schedule: { kind: "step" } }, "schedule.every: expected a number; got nothing."],
    [{ schedule: { kind: "multi-step" } }, "schedule.milestones: expected a list; got nothing."],
    [{ schedule: { kind: "exponential" } }, "schedule.gamma: expected a number; got nothing."],
    [{ schedule: { kind: "cosine", unit: "day" } }, 'schedule.unit: expected one of step, epoch; got "day".'],
    [
      { schedule: { kind: "warm-up", steps: 5, then: { kind: "cosin" } } },
      'schedule.then.kind: expected one of constant, step, multi-step, exponential, cosine, polynomial, one-cycle; got "cosin". Fix: did you mean "cosine"?',
    ],
    [
      { optimiser: { kind: "adam", lr: 0.1, weightDecy: 0.1 } },
      'optimiser: expected one of kind, lr, weightDecay, betas, eps; got the key "weightDecy". Fix: did you mean weightDecay?',
    ],
    [
      { optimiser: { kind: "adam", lr: 0.1, betas: [2, 5] } },
      "optimiser.betas.0: expected less than 1; got 2.",
    ],
    [
      { optimiser: { kind: "adm", lr: 0.1 } },
      'optimiser.kind: expected one of sgd, adam, adamw; got "adm". Fix: did you mean "adam"?',
    ],
    [{ optimiser: { kind: "sgd" } }, "optimiser.lr: expected a learning rate, here or as lr; got nothing."],
    [
      { semi: { method: "mean-teacher", rampEpoch: 3 } },
      'semi: expected one of method, weight, rampEpochs, earlyDecay, decay, unlabelledBatch; got the key "rampEpoch". Fix: did you mean rampEpochs?',
    ],
    [
      { semi: { method: "mean-techer" } },
      'semi.method: expected one of self-training, mean-teacher, soc; got "mean-techer". Fix: did you mean "mean-teacher"?',
    ],
    [{ semi: { method: "self-training", confidence: 2 } }, "semi.confidence: expected at most 1; got 2."],
    [
      { data: { train: { path: "a", nmaes: "y" } } },
      'data.train: expected one of path, layout, images, masks, maskValues, names, draw, subset, weight; got the key "nmaes". Fix: did you mean names?',
    ],
    [{ timeBudget: 1800 }, "timeBudget: expected hours, minutes, seconds: 1h30m, 30m, 90s; got 1800."],
    [
      { checkpointEvery: "5x" },
      'checkpointEvery: expected hours, minutes, seconds: 1h30m, 30m, 90s; got "5x".',
    ],
    [
      { earlyStopping: { monitor: "val_iuo" } },
      'earlyStopping.monitor: expected one of loss, val_loss, val_iou, val_dice, val_mae, val_mse, lr; got "val_iuo". Fix: did you mean "val_iou"?',
    ],
  ])("%j", (more, message) => {
    expect(messageOf(() => parse(more))).toBe(`run.yaml: ${message}`);
  });
});

test("every loss, schedule and optimiser there is can be asked for", () => {
  const settings: Record<string, object> = {
    step: { every: 2 },
    "multi-step": { milestones: [2] },
    exponential: { gamma: 0.9 },
    "warm-up": { steps: 2 },
  };
  for (const kind of Object.keys(losses)) {
    expect(parse({ loss: kind }).loss).toBe(kind);
    expect(parse({ loss: { kind } }).loss).toEqual({ kind });
  }
  for (const kind of Object.keys(schedules)) {
    const schedule = { kind, ...settings[kind] };
    expect(parse({ schedule }).schedule).toEqual(schedule);
    if (settings[kind] === undefined) expect(parse({ schedule: kind }).schedule).toBe(kind);
  }
  for (const kind of Object.keys(optimisers))
    expect(parse({ optimiser: { kind, lr: 0.1 } }).optimiser).toEqual({ kind, lr: 0.1 });
});

test("durations stay as they are written, and those of earlier runs are read", () => {
  const config = parse({ timeBudget: "1h30m" });
  expect([config.timeBudget, config.checkpointEvery]).toEqual(["1h30m", "5m"]);
  expect(resolveConfig(config)).toMatchObject({ timeBudgetMs: 5_400_000, checkpointEveryMs: 300_000 });
  const saved = { ...config, timeBudget: 5_400_000, checkpointEvery: 1500 };
  const read = parseSavedConfig(saved, "config.json");
  expect(resolveConfig(read)).toMatchObject({ timeBudgetMs: 5_400_000, checkpointEveryMs: 1500 });
  expect(parseSavedConfig(config, "config.json")).toEqual(config);
});

test("learning rate and weight decay may stand beside the optimiser", () => {
  const spec = (more: object) => resolveConfig(parse({ model: "modnet", ...more })).spec;
  expect(spec({ optimiser: { kind: "adamw" }, lr: 0.5, weightDecay: 0.1 })).toEqual({
    kind: "adamw",
    lr: 0.5,
    weightDecay: 0.1,
  });
  expect(spec({ weightDecay: 0.1 })).toMatchObject({ kind: "sgd", lr: 0.01, weightDecay: 0.1 });
});
