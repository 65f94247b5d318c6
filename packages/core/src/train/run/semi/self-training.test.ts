import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resumeTraining, train, type RunConfigInput, type TrainEvent } from "../index.js";
import { fileOf, leastCertainty } from "./pseudo-labels.js";
import { resolveConfig } from "../config/resolve-config.js";
import { openRuns, signalAt, type Runs } from "../runs.test-support.js";
import { roundIsDue } from "./self-training.js";

let runs: Runs;
beforeAll(async () => {
  runs = await openRuns();
});
afterAll(() => runs.remove());

const labelling = (more: Partial<RunConfigInput>, semi: object = {}) =>
  runs.config({
    data: { ...runs.config().data, unlabelled: join(runs.folder, "bare") },
    semi: { method: "self-training", warmEpochs: 1, rounds: 1, confidence: 0, agreement: 0, ...semi },
    ...more,
  });

/** The epochs after which rounds are made, where `shareOf` says how much of the run is over. */
function epochsOfRounds(
  settings: { readonly rounds: number; readonly warmEpochs: number },
  shareOf: (epoch: number) => number,
): number[] {
  const found: number[] = [];
  let lastRound: { epoch: number; share: number } | undefined;
  for (let epoch = 0; shareOf(epoch) < 1; epoch++) {
    const state = { rounds: found.length, lastRound, position: { epoch, index: 0 } };
    if (!roundIsDue(settings, state, shareOf(epoch))) continue;
    found.push(epoch);
    lastRound = { epoch, share: shareOf(epoch) };
  }
  return found;
}

test("rounds part what is left after the warm-up equally, whatever ends the run", () => {
  const of = (epochs: number) => (epoch: number) => epoch / epochs;
  expect(epochsOfRounds({ warmEpochs: 5, rounds: 2 }, of(21))).toEqual([5, 13]);
  expect(epochsOfRounds({ warmEpochs: 1, rounds: 2 }, of(3))).toEqual([1, 2]);
  expect(epochsOfRounds({ warmEpochs: 4, rounds: 1 }, of(10))).toEqual([4]);
  // As many epochs as there have to be: each round has one of its own.
  for (const [warmEpochs, rounds] of [
    [1, 1],
    [2, 3],
    [5, 4],
  ] as const)
    expect(epochsOfRounds({ warmEpochs, rounds }, of(warmEpochs + rounds))).toEqual(
      Array.from({ length: rounds }, (_, i) => warmEpochs + i),
    );
  // A time budget that ends a run of many epochs: never two on the same weights.
  expect(epochsOfRounds({ warmEpochs: 2, rounds: 2 }, (epoch) => epoch / 4.5)).toEqual([2, 4]);
});

test("fewer epochs than rounds are refused, where epochs end the run", () => {
  expect(() => resolveConfig(labelling({ epochs: 6 }, { warmEpochs: 5, rounds: 2 }))).toThrow(
    /epochs: expected at least 7.*got 6.*set epochs to 7/s,
  );
  expect(() => resolveConfig(labelling({ epochs: 7 }, { warmEpochs: 5, rounds: 2 }))).not.toThrow();
});

test("a portion keeps the surest, however sure they are", () => {
  const judged = [0.2, 0.9, 0.4, 0.6].map((certainty) => ({ certainty }));
  const least = (portion?: number): number => leastCertainty(judged, { confidence: 0.8, portion });
  expect([least(), least(0.25), least(0.5), least(0.6), least(1)]).toEqual([0.8, 0.9, 0.6, 0.4, 0.2]);
  expect(leastCertainty([], { confidence: 0.8, portion: 0.5 })).toBe(0);
});

test("masks of photos whose names differ in case or in what a file system cannot say do not meet", () => {
  const files = ["a/One", "a/one", "a-one", "ä", "ö"].map((name, index) => fileOf(index, { name }));
  expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(5);
  expect(files[3]).toBe("000003--.png");
});

test("a round keeps a portion of the photos, and says what it is at", { timeout: 60_000 }, async () => {
  const events: TrainEvent[] = [];
  await train(labelling({ epochs: 2 }, { confidence: 1, portion: 0.5 }), runs.run("half"), {
    onEvent: (event) => events.push(event),
  });
  const lines = events.flatMap((event) => (event.kind === "say" ? [event.line] : []));
  expect(lines.join("\n")).toContain("kept 6 of 12 photos; 6 are less certain than 0.");
  expect(await readdir(join(runs.run("half"), "pseudo-labels/round-1"))).toHaveLength(6);
  expect(events.filter(({ kind }) => kind === "pseudo-label").at(-1)).toEqual({
    kind: "pseudo-label",
    round: 1,
    done: 12,
    of: 12,
  });
});

test("a round with a broken photo is counted to its end", { timeout: 60_000 }, async () => {
  const bare = join(runs.folder, "bare-broken");
  await cp(join(runs.folder, "bare"), bare, { recursive: true });
  await writeFile(join(bare, "images/003.png"), "no picture");
  const counts: string[] = [];
  await train(
    labelling({ epochs: 2, data: { ...runs.config().data, unlabelled: bare } }),
    runs.run("broken"),
    { onEvent: (event) => event.kind === "pseudo-label" && counts.push(`${event.done}/${event.of}`) },
  );
  expect(counts).toEqual(["3/12", "7/12", "11/12", "12/12"]);
});

test("an abort in a round is not waited out, and the round is made again", { timeout: 60_000 }, async () => {
  await train(labelling({ epochs: 2 }), runs.run("whole"));
  const first = await train(labelling({ epochs: 2 }), runs.run("round"), signalAt("pseudo-label"));
  expect([first.isInterrupted, first.epochs.length]).toEqual([true, 1]);
  expect(await readdir(join(runs.run("round"), "pseudo-labels/round-1"))).toHaveLength(4);
  await resumeTraining(runs.run("round"));
  expect(await runs.metricsOf("round")).toBe(await runs.metricsOf("whole"));
});

test("rounds that the run had no time for are told", { timeout: 60_000 }, async () => {
  const lines: string[] = [];
  await train(labelling({ epochs: 9, steps: 2 }), runs.run("short"), {
    onEvent: (event) => event.kind === "say" && lines.push(event.line),
  });
  expect(lines.at(-1)).toContain("only 0 of 1 rounds of pseudo-labels were made");
});
