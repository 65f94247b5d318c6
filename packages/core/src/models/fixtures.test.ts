import { describe, test } from "vitest";
import {
  checkEvaluation,
  checkFrozenGradients,
  checkSmoothTrainingStep,
  checkStateDict,
  checkTrainingStep,
} from "./fixture-expectations.test-support.js";
import { fixturesAreHere, NETWORKS, type FixtureName } from "./fixtures.test-support.js";

// The training steps of the large networks are in fixtures.full.test.ts.

const all = Object.keys(NETWORKS) as FixtureName[];

describe.skipIf(!fixturesAreHere).each(all)(
  "%s against PyTorch (skipped where ../shared is absent)",
  (name) => {
    test("state dict, key for key and shape for shape", { timeout: 300_000 }, () => {
      checkStateDict(name);
    });

    test("every head in evaluation mode", { timeout: 600_000 }, () => checkEvaluation(name));
  },
);

describe.skipIf(!fixturesAreHere).each(["u2netp", "isnet_gt", "modnet"] as const)(
  "%s in training against PyTorch (skipped where ../shared is absent)",
  (name) => {
    test("gradients with normalisation frozen", { timeout: 600_000 }, () => checkFrozenGradients(name));

    test("a training step of the network without kinks", { timeout: 600_000 }, () =>
      checkSmoothTrainingStep(name),
    );

    test(
      "heads, loss, gradients and running statistics of a training step, and the loss after it",
      { timeout: 600_000 },
      () => checkTrainingStep(name),
    );
  },
);
