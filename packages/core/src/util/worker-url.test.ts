import { expect, test } from "vitest";
import { workerUrl } from "./worker-url.js";

test("from a source file the entry is the built one; from a built file it is its neighbour", () => {
  expect(workerUrl("file:///src/app/packages/core/src/runtime/node.ts", "./session-worker.js").pathname).toBe(
    "/src/app/packages/core/dist/runtime/session-worker.js",
  );
  expect(workerUrl("file:///app/dist/runtime/node.js", "./session-worker.js").pathname).toBe(
    "/app/dist/runtime/session-worker.js",
  );
});
