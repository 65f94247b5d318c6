import { describe, expect, it } from "vitest";
import { sessionConformance } from "./conformance.test-support.js";
import { createNodeSession } from "./node.js";

for (const inThread of ["worker", "here"] as const)
  describe(`session on onnxruntime-node, in thread "${inThread}"`, () => {
    const cases = sessionConformance(
      (model, options) => createNodeSession(model, { ...options, provider: "cpu", inThread }),
      { blocksCaller: inThread === "here" },
    );
    for (const { name, check, skip } of cases)
      it(name, async (context) => {
        if (skip !== undefined) context.skip(skip);
        await expect(check()).resolves.toBeUndefined();
      });
  });
