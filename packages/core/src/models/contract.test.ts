import { describe, expect, test } from "vitest";
import { verify } from "../graph/index.js";
import { parsePreprocessing } from "../hub/preprocessing.js";
import { membersOf, parameterCount, trace } from "../nn/index.js";
import {
  CHAOTIC,
  checkDescent,
  checkForward,
  checkReload,
  checkTrainingGraph,
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
      const prefixes = Object.keys(recipe.learningRates ?? {});
      if (definition.backbone !== undefined) prefixes.push(definition.backbone);
      const paths = membersOf(definition.create()).state.map(({ path }) => path);
      for (const prefix of prefixes)
        expect(prefix !== "" && paths.some((path) => path.startsWith(prefix)), prefix).toBe(true);
      parsePreprocessing(preprocessingOf(definition, paperSize), name);
    });

    test("forward graph: the heads it names, the final one of the input's size", () => {
      checkForward(definition);
    });

    test("height and width stay open, unless it says why they cannot", () => {
      const shape = ["batch", definition.channels ?? 3, "height", "width"];
      const open = () => trace(definition.create(), { image: { shape } }, { mode: "eval" });
      if (definition.fixedSize === undefined) verify(open());
      else expect(open).toThrow(/expected a fixed size/);
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
