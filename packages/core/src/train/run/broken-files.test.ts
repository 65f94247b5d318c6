import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { train, type TrainEvent } from "./index.js";
import { openRuns, refusal, type Runs } from "./runs.test-support.js";

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns();
});
afterAll(() => runs.remove());

/** A set of discs some of which are no pictures. */
async function broken(name: string, isBroken: (file: string) => boolean): Promise<string> {
  const path = join(runs.folder, name);
  await cp(join(runs.folder, "discs"), path, { recursive: true });
  for (const file of await readdir(join(path, "images")))
    if (isBroken(file)) await writeFile(join(path, "images", file), "no picture");
  return path;
}

test("a picture that is broken is told once, and counted after each epoch", async () => {
  const val = await broken("some", (file) => file === "003.png");
  const lines: string[] = [];
  const onEvent = (event: TrainEvent): void => {
    if (event.kind === "say") lines.push(event.line);
  };
  const config = runs.config({ data: { train: join(runs.folder, "discs"), val }, epochs: 2 });
  await train(config, runs.run("some"), { onEvent });
  expect(lines.filter((line) => line.startsWith("left out some/003: "))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith("1 picture is broken and left out so far"))).toHaveLength(2);
});

test("validation pictures that are all broken end the run, rather than measure nothing", async () => {
  const val = await broken("all", () => true);
  const config = runs.config({ data: { train: join(runs.folder, "discs"), val }, epochs: 2 });
  const error = await refusal(() => train(config, runs.run("all")));
  expect([error.code, error.where]).toEqual(["invalid-data", "validation"]);
});

test("onBroken: stop ends a run at the first", async () => {
  const set = await broken("training", (file) => file < "010.png");
  const config = runs.config({
    data: { train: set, val: join(runs.folder, "discs") },
    onBroken: "stop",
  });
  const error = await refusal(() => train(config, runs.run("stopped")));
  expect(error.where).toMatch(/images.00\d\.png/);
});
