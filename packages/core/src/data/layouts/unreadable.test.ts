import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { temporaryFolder, writePairs } from "../data-sets.test-support.js";
import { findDataset } from "./index.js";

// Whoever runs the tests may be allowed to read everything.
vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  const readdir = (path: string, options: { readonly withFileTypes: true }) =>
    path.endsWith("lost+found")
      ? Promise.reject(Object.assign(new Error("permission denied"), { code: "EACCES" }))
      : real.readdir(path, options);
  return { ...real, readdir: readdir as typeof real.readdir };
});

test("a folder that may not be read, beside others, is left out, and that is said", async () => {
  const root = await temporaryFolder();
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await writePairs(join(root, "set"), 1);
  await writePairs(join(root, "lost+found"), 1);
  const set = await findDataset(root);
  expect(set.samples.map(({ name }) => name)).toEqual(["set/0000"]);
  expect(set.said).toBe("set: images/ with masks/: 1 pair; left out because unreadable: lost+found");
  await expect(findDataset(join(root, "lost+found"))).rejects.toThrow("permission denied");
});
