import { describe, test } from "vitest";
import { checkFrozenGradients, checkTrainingStep } from "./fixture-expectations.test-support.js";
import { fixturesAreHere } from "./fixtures.test-support.js";

const large = ["u2net", "isnet", "inspyrenet_res2net50", "inspyrenet_swinb"] as const;

describe.skipIf(!fixturesAreHere).each(large)(
  "%s in training against PyTorch (skipped where ../shared is absent)",
  (name) => {
    test("gradients with normalisation frozen", { timeout: 600_000 }, () => checkFrozenGradients(name));

    test(
      "heads, loss, gradients and running statistics of a training step, and the loss after it",
      { timeout: 600_000 },
      () => checkTrainingStep(name),
    );
  },
);
