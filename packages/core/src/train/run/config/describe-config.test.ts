import { expect, test } from "vitest";
import { augmentations } from "../../../data/index.js";
import { losses } from "../../../losses/index.js";
import { architectures } from "../../../models/index.js";
import { optimisers, schedules } from "../../../optim/index.js";
import { describeConfig } from "./describe-config.js";

const text = describeConfig();

test("every network, loss, optimiser, schedule and augmentation is named", () => {
  for (const { name } of architectures) expect(text).toMatch(new RegExp(` ${name}( \\||:)`));
  for (const kind of [losses, optimisers, schedules].flatMap((table) => Object.keys(table)))
    expect(text).toContain(`\n  kind: ${kind}\n`);
  for (const { name } of augmentations) expect(text).toContain(`\n  ${name}:`);
});

test("what unions and lists hold is described: choices, settings, the keys of a set", () => {
  for (const line of [
    "    path:                 a folder, or a list file of pairs",
    "      seed:               a number (default 0)",
    "    betas:                decay of the two moments. Default: [0.9, 0.999]",
    "    reduction:            mean | sum: over pixels. Default: mean",
    "    unit:                 step | epoch: what lengths count. Default: step",
    "  mode:                   min | max: whether lower or higher is better. Default: by the metric",
    "  rotate:                 turn about the middle, degrees; degrees (default [-10,10])",
    "  method: mean-teacher",
  ])
    expect(text.split("\n")).toContain(line);
  expect(text).toMatch(/\n {2}monitor: +loss \| val_loss \| val_iou .*: metric to watch/);
  expect(text).toContain(
    "  val:                    sets to measure on; by default split off\n    keys as train's\n",
  );
});

test("lines fit a terminal", () => {
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
});
