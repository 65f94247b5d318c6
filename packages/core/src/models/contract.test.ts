import { describe, expect, test } from "vitest";
import { createPipeline } from "../data/index.js";
import { parsePreprocessing } from "../hub/preprocessing.js";
import { membersOf, parameterCount } from "../nn/index.js";
import { scheduleAt } from "../optim/index.js";
import {
  CHAOTIC,
  checkDescent,
  checkForward,
  checkReload,
  checkTrainingGraph,
  forwardGraph,
  macsOf,
} from "./contract.test-support.js";
import { architecture, architectures, preprocessingOf } from "./index.js";

// Runs of the large networks are in contract.full.test.ts.

/** Parameters that one run in the normal check may have. */
const SMALL = 10e6;

describe.each(architectures.map((definition) => [definition.name, definition] as const))(
  "%s",
  (name, definition) => {
    test("is found by its name, and its recipe, input and heads are well-formed", () => {
      expect(architecture(name)).toBe(definition);
      const { recipe, heads, paperSize } = definition;
      expect(heads.all).toContain(heads.final);
      createPipeline(recipe.augment);
      expect(scheduleAt(recipe.schedule, 0).factor).toBeGreaterThan(0);
      for (const prefix of Object.keys(recipe.learningRates ?? {}))
        expect(membersOf(definition.create()).state.some(({ path }) => path.startsWith(prefix))).toBe(true);
      parsePreprocessing(preprocessingOf(definition, paperSize), name);
    });

    test("forward graph: the heads it names, the final one of the input's size", () => {
      checkForward(definition);
    });

    test("training graph: a scalar loss, a gradient for every parameter", () => {
      checkTrainingGraph(definition);
    });

    const isSmall = parameterCount(definition.create()) < SMALL;
    test.runIf(isSmall && !CHAOTIC.has(name))(
      "a step against the gradient lowers the loss by what it says",
      { timeout: 300_000 },
      () => checkDescent(definition),
    );
    test.runIf(isSmall)("weights survive safetensors and export", { timeout: 300_000 }, () =>
      checkReload(definition),
    );
  },
);

// docs of the papers: GMACs at the paper's size, to the digit given.
test.each([
  ["u2net", 44_009_869, 320, 58.6],
  ["u2netp", 1_131_181, 320, 19.8],
  ["isnet", 44_046_790, 1024, 159.7],
  ["modnet", 6_487_075, 512, 18.1],
] as const)("%s has the paper's parameters and multiply-accumulates", (name, parameters, side, gmacs) => {
  const definition = architecture(name);
  expect(parameterCount(definition.create())).toBe(parameters);
  const macs = macsOf(forwardGraph(definition, { size: [side, side] }));
  expect(macs / 1e9).toBeCloseTo(gmacs, 1);
});

test("modnet infers in fewer multiply-accumulates than it trains, as it needs its matte only", () => {
  const graph = forwardGraph(architecture("modnet"), { size: [512, 512], heads: ["matte"] });
  expect(macsOf(graph) / 1e9).toBeCloseTo(15.5, 1);
});
