import { describe, test } from "vitest";
import { parameterCount } from "../nn/index.js";
import { CHAOTIC, checkDescent, checkReload } from "./contract.test-support.js";
import { architectures } from "./index.js";

const large = architectures.filter(({ create }) => parameterCount(create()) >= 10e6);

describe.each(large.map((definition) => [definition.name, definition] as const))("%s", (name, definition) => {
  test.skipIf(CHAOTIC.has(name))(
    "a step against the gradient lowers the loss by what it says",
    { timeout: 600_000 },
    () => checkDescent(definition),
  );

  test("weights survive safetensors and export", { timeout: 600_000 }, () => checkReload(definition));
});
