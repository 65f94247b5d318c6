import { describe, test } from "vitest";
import {
  checkFrozenGradients,
  checkSmoothTrainingStep,
  checkTrainingStep,
} from "./fixture-expectations.test-support.js";
import { fixturesAreHere } from "./fixtures.test-support.js";

const large = ["u2net", "isnet", "inspyrenet_res2net50", "inspyrenet_swinb"] as const;

describe.skipIf(!fixturesAreHere)(
  "large networks in training against PyTorch (skipped where ../shared is absent)",
  () => {
    test.each(large)("%s: gradients with normalisation frozen", { timeout: 600_000 }, checkFrozenGradients);

    test.each(["u2net", "isnet", "inspyrenet_res2net50"] as const)(
      "%s: a training step of the network without kinks",
      { timeout: 900_000 },
      checkSmoothTrainingStep,
    );

    test.each(large)(
      "%s: heads, loss, gradients and running statistics of a training step, and the loss after it",
      { timeout: 900_000 },
      checkTrainingStep,
    );
  },
);
