import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isDone, OutputPlan, withExtension } from "./plan-outputs.js";

const source = (relativePath: string) => ({ path: `/in/${relativePath}`, relativePath });

test("the output mirrors the input under the new ending", () => {
  const plan = new OutputPlan("/out", ".webp").plan([
    source("a.jpg"),
    source("deep/b.c.png"),
    source("bare"),
  ]);
  expect(plan.map(({ output }) => output)).toEqual(["/out/a.webp", "/out/deep/b.c.webp", "/out/bare.webp"]);
});

test("two sources never meet in one file, not even where case does not tell names apart", () => {
  const plan = new OutputPlan("/out", ".png").plan([source("a.jpg"), source("A.png"), source("b.jpg")]);
  expect(plan.map(({ output }) => output)).toEqual(["/out/a.jpg.png", "/out/A.png.png", "/out/b.png"]);
});

test("nor do those that come later; who comes again finds its own", () => {
  const plan = new OutputPlan("/out", ".png");
  const outputOf = (path: string) => plan.plan([source(path)])[0]!.output;
  expect(["a.jpg", "a.webp", "a.jpg"].map(outputOf)).toEqual(["/out/a.png", "/out/a.webp.png", "/out/a.png"]);
});

test("withExtension replaces the last ending only", () => {
  expect(withExtension("a.tar.gz", ".png")).toBe("a.tar.png");
  expect(withExtension(".profile", ".png")).toBe(".profile.png");
});

test("a result counts as done when it is there, not empty, and no older than its source", async () => {
  const root = await mkdtemp(join(tmpdir(), "plan-"));
  const picture = {
    source: { path: join(root, "a.jpg"), relativePath: "a.jpg" },
    output: join(root, "a.png"),
  };
  await writeFile(picture.source.path, "x");
  expect(await isDone(picture)).toBe(false);
  await writeFile(picture.output, "");
  expect(await isDone(picture)).toBe(false);
  await writeFile(picture.output, "y");
  expect(await isDone(picture)).toBe(true);
  await utimes(picture.output, 1, 1);
  expect(await isDone(picture)).toBe(false);
  await rm(root, { recursive: true });
});
