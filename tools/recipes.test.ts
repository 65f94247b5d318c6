import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { createPipeline } from "../packages/core/src/data/index.js";
import { architecture } from "../packages/core/src/models/index.js";
import { parseRunConfig } from "../packages/core/src/train/run/index.js";
import { learningRate } from "../packages/core/src/train/run/learning-rate.js";
import { resolveConfig } from "../packages/core/src/train/run/config/resolve-config.js";

const folder = join(import.meta.dirname, "../recipes");
const recipes = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

/** Steps of an epoch, as DUTS-TR's 10,553 pictures make in batches of 6. */
const PER_EPOCH = 1758;

function resolved(name: string) {
  const config = parse(readFileSync(join(folder, name), "utf8")) as { data?: object };
  return resolveConfig(
    parseRunConfig({ ...config, data: { train: "photos", unlabelled: "more", ...config.data } }, name),
  );
}

/** The learning rate's factor after a number of steps. */
function factorOf(name: string): (step: number) => number {
  const config = resolved(name);
  const planned = config.epochs * PER_EPOCH;
  const rate = learningRate(config, { steps: planned, epochs: config.epochs });
  const end = Math.min(planned, config.steps ?? planned);
  return (step) => rate({ step, epoch: Math.floor(step / PER_EPOCH), share: step / end }).factor;
}

test.each(recipes)("recipes/%s is a configuration, and says its command", (name) => {
  const config = resolved(name);
  expect(config.batch).toBeGreaterThan(0);
  expect(createPipeline(config.augmentations).kinds.length).toBeGreaterThan(0);
  const factor = factorOf(name);
  const total = Math.min(config.epochs * PER_EPOCH, config.steps ?? Infinity);
  for (const share of [0, 0.01, 0.3, 0.5, 0.99]) {
    const lr = config.spec.lr * factor(Math.floor(share * total));
    expect(lr > 0 && Number.isFinite(lr), `${lr} at ${share}`).toBe(true);
  }
  expect(readFileSync(join(folder, name), "utf8")).toContain(`mattelier train --config recipes/${name}`);
});

test.each(["inspyrenet", "isnet", "isnet-gt", "modnet", "pvt-matte", "u2net", "unet-chairs"])(
  "recipes/%s.yaml says what its network takes by itself",
  (name) => {
    const { batch, definition, learningRates, sizePx, spec } = resolved(`${name}.yaml`);
    const { recipe } = architecture(definition.name);
    expect({ batch, learningRates, size: sizePx, optimiser: spec }).toEqual({ learningRates: {}, ...recipe });
  },
);

test("InSPyReNet's rate rises from a tenth beneath a poly decay to 1e-7", () => {
  const factor = factorOf("inspyrenet.yaml");
  expect(factor(0)).toBeCloseTo(0.1, 6);
  expect(factor(1000)).toBeCloseTo(0.175, 6);
  expect(factor(6000)).toBeCloseTo(0.55, 6);
  expect(1e-4 * factor(60 * PER_EPOCH)).toBeCloseTo(1e-7, 12);
});

test("a network's learning rates are taken where the configuration is silent, but for what is frozen", () => {
  const rates = (more: object) =>
    resolveConfig(parseRunConfig({ model: "inspyrenet-res2net50", data: { train: "photos" }, ...more }))
      .learningRates;
  expect(rates({})).toEqual({ "backbone.": 0.1 });
  expect(rates({ learningRates: { decoder: 2 } })).toEqual({ decoder: 2 });
  expect(rates({ freeze: ["backbone"] })).toEqual({});
});
