import { expect, test } from "vitest";
import type { RunResult } from "@mattelier/core/train/run";
import { createTrainProgress } from "./progress.js";

/** What is written while a run goes on, without a terminal. */
function watch() {
  const written: string[] = [];
  const stream = {
    isTTY: false,
    write: (text: string) => written.push(text) > 0,
  } as unknown as NodeJS.WriteStream;
  return { written, progress: createTrainProgress({ json: false, out: stream, err: stream }) };
}

const metrics = { loss: 0.5, val_iou: Number.NaN, val_dice: 0.25 };

test("epochs are counted out of how many, where it is known how many", () => {
  for (const [epochs, head] of [
    [3, "epoch 2/3  loss 0.5000"],
    [undefined, "epoch 2  loss 0.5000"],
  ] as const) {
    const { written, progress } = watch();
    progress.onEvent({ kind: "begin", lines: [], epochs });
    progress.onEvent({ kind: "epoch", epoch: 2, step: 6, metrics, isBest: false, imagesPerSecond: 1 });
    expect(written.at(-1)).toContain(head);
  }
});

test("a round of pseudo-labels is told when it is through", () => {
  const { written, progress } = watch();
  progress.onEvent({ kind: "pseudo-label", round: 2, done: 4, of: 8 });
  progress.onEvent({ kind: "pseudo-label", round: 2, done: 8, of: 8 });
  expect(written).toEqual(["labelling photos, round 2: 8/8\n"]);
});

test("a best epoch that could not be measured is no failure", () => {
  const { written, progress } = watch();
  const result: RunResult = {
    folder: "runs/a",
    ended: "3 epochs",
    isInterrupted: false,
    epochs: [],
    best: { epoch: 1, step: 3, metrics },
  };
  progress.conclude(result);
  expect(written).toEqual([
    "ended: 3 epochs. Best epoch 1: val_iou NaN, val_dice 0.2500. See runs/a/report.html\n",
  ]);
});
