import { cruise } from "dependency-cruiser";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

// The rule is tested on a toy tree with the real configuration: each planted slip must be caught.

interface Configuration {
  readonly forbidden: object[];
}
const { forbidden } = createRequire(import.meta.url)("../.dependency-cruiser.cjs") as Configuration;

let root: string;
const home = process.cwd();
beforeEach(() => {
  root = mkdtempSync("/tmp/layers-");
  process.chdir(root);
});
afterEach(() => {
  process.chdir(home);
  rmSync(root, { recursive: true });
});

/** Names of the rules that a tree of files (path below core/src → source text) breaks. */
async function broken(files: Record<string, string>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(root, "packages/core/src", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const { output } = await cruise(["packages"], {
    ruleSet: { forbidden } as never,
    validate: true,
    tsPreCompilationDeps: true,
  });
  if (typeof output === "string") throw new Error(output);
  return output.summary.violations.map((violation) => violation.rule.name);
}

const leaf = "export type X = number; export const x = 1;";

test("imports that go down are fine", async () => {
  const files = {
    "util/a.ts": leaf,
    "graph/b.ts": `import type { X } from "../util/a.js"; export const y: X = 1;`,
  };
  expect(await broken(files)).toEqual([]);
});

test("an upward import of a mere type is caught", async () => {
  const files = {
    "graph/a.ts": leaf,
    "util/b.ts": `import type { X } from "../graph/a.js"; export const y: X = 1;`,
  };
  expect(await broken(files)).toEqual(["no-upward-from-util"]);
});

test("a sideways import is caught", async () => {
  const files = {
    "nn/a.ts": leaf,
    "losses/b.ts": `import type { X } from "../nn/a.js"; export const y: X = 1;`,
  };
  expect(await broken(files)).toContain("no-siblings-in-nn|losses|metrics|optim|data|hub|checkpoint");
});

test("train may read evaluate, not the other way round", async () => {
  const down = { "evaluate/a.ts": leaf, "train/b.ts": `export { x } from "../evaluate/a.js";` };
  expect(await broken(down)).toEqual([]);
  const up = { "train/c.ts": leaf, "evaluate/d.ts": `export { x } from "../train/c.js";` };
  expect(await broken(up)).toContain("no-siblings-in-train|evaluate|infer|export");
});

test("a training step that a page could not load is caught", async () => {
  const files = {
    "runtime/node-here.ts": leaf,
    "train/deep.ts": `export { x } from "../runtime/node-here.js";`,
    "train/step.ts": `export { x } from "./deep.js";`,
  };
  expect(await broken(files)).toEqual(["training-step-runs-in-a-page"]);
});

test("inference that reaches training code, however far, is caught", async () => {
  const files = {
    "autodiff/a.ts": leaf,
    "models/b.ts": `export { x } from "../autodiff/a.js";`,
    "infer/c.ts": `export { x } from "../models/b.js";`,
  };
  expect(await broken(files)).toEqual(["infer-stays-light"]);
});

test("a cycle is caught", async () => {
  const files = {
    "nn/a.ts": `export { y } from "./b.js"; ${leaf}`,
    "nn/b.ts": `export { x as y } from "./a.js";`,
  };
  expect(await broken(files)).toContain("no-cycles");
});

test("onnxruntime and sharp are imported by their adapters alone", async () => {
  mkdirSync(join(root, "node_modules/sharp"), { recursive: true });
  writeFileSync(join(root, "node_modules/sharp/package.json"), `{"name":"sharp","main":"index.js"}`);
  writeFileSync(join(root, "node_modules/sharp/index.js"), "module.exports = {};");
  const outside = await broken({ "nn/a.ts": `import sharp from "sharp"; export { sharp };` });
  expect(outside).toEqual(["sharp-only-in-image"]);
});
