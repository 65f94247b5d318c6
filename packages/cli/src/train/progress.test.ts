import { Writable } from "node:stream";
import { expect, test } from "vitest";
import type { RunResult, TrainEvent } from "@mattelier/core/train/run";
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
    progress.onEvent({ kind: "begin", lines: [], epochs, monitor: "val_iou" });
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

/** Takes what is written, as a terminal of 120 columns. */
class Screen extends Writable {
  readonly columns = 120;
  readonly isTTY = true;
  text = "";
  cursorTo(): boolean {
    return true;
  }
  clearLine(): boolean {
    return true;
  }
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const step = (epoch: number): TrainEvent => ({
  kind: "step",
  epoch,
  done: 1,
  of: 4,
  step: 1,
  loss: 0.5,
  lr: 0.1,
  imagesPerSecond: 3,
  leftMs: 5000,
});

/** A run as a terminal shows it. */
function onScreen() {
  const screen = new Screen();
  const stream = screen as unknown as NodeJS.WriteStream;
  return { screen, progress: createTrainProgress({ json: false, out: stream, err: stream }) };
}

const CLEARED = "\r\u001B[K";

test("a line that counts is taken away before anything else is said", () => {
  const { screen, progress } = onScreen();
  const label = (done: number): void => {
    progress.onEvent({ kind: "pseudo-label", round: 1, done, of: 12 });
  };
  label(4);
  progress.onEvent({ kind: "say", line: "left out bare/003: no picture" });
  label(8);
  label(12);
  progress.onEvent({ kind: "say", line: "kept 6 of 12 photos" });
  progress.onEvent({ kind: "autotune", done: 1, total: 2 });
  progress.onEvent({ kind: "begin", lines: ["a run"], epochs: 2, monitor: "val_iou" });
  label(4);
  progress.stop();
  progress.stop();
  progress.conclude({ folder: "runs/a", ended: "", isInterrupted: true, epochs: [], best: undefined });
  const counting = "labelling photos, round 1:";
  expect(screen.text).toBe(
    [
      `${counting} 4/12${CLEARED}left out bare/003: no picture\n`,
      `${counting} 8/12${CLEARED}kept 6 of 12 photos\n`,
      `measuring recipes of convolutions: 1/2${CLEARED}a run\n`,
      `${counting} 4/12${CLEARED}interrupted and saved: mattelier train --resume runs/a\n`,
    ].join(""),
  );
});

test("the bar comes in the place of a line that counts", () => {
  const { screen, progress } = onScreen();
  progress.onEvent({ kind: "pseudo-label", round: 1, done: 4, of: 12 });
  progress.onEvent(step(2));
  progress.stop();
  expect(screen.text).toContain(`4/12${CLEARED}`);
  expect(screen.text.split(CLEARED)).toHaveLength(2);
});

test("epochs of which none is kept as best are not passed over", () => {
  const { written, progress } = watch();
  const epochs = [{ epoch: 1, step: 3, metrics }];
  progress.conclude({ folder: "runs/a", ended: "1 epoch", isInterrupted: false, epochs, best: undefined });
  expect(written).toEqual(["ended: 1 epoch. No epoch was kept as best. See runs/a/report.html\n"]);
});

test("the bar shows what the last epoch came to, in the metric that is watched", () => {
  const [out, err] = [new Screen(), new Screen()];
  const progress = createTrainProgress({
    json: false,
    out: out as unknown as NodeJS.WriteStream,
    err: err as unknown as NodeJS.WriteStream,
  });
  progress.onEvent({ kind: "begin", lines: ["a run"], epochs: 2, monitor: "val_dice" });
  progress.onEvent(step(1));
  progress.onEvent({ kind: "validate", epoch: 1 });
  expect(err.text).toContain("loss 0.5000 · 3.0 images/s");
  const measured = { loss: 0.5, val_iou: 0.9, val_dice: 0.94127, lr: 0.1 };
  progress.onEvent({ kind: "epoch", epoch: 1, step: 4, metrics: measured, isBest: true, imagesPerSecond: 3 });
  progress.onEvent(step(2));
  progress.stop();
  expect(err.text).toContain("loss 0.5000 · val_dice 0.941 · 3.0 images/s");
  const best = { epoch: 1, step: 4, metrics: measured };
  progress.conclude({ folder: "runs/a", ended: "2 epochs", isInterrupted: false, epochs: [best], best });
  expect(out.text).toContain("Best epoch 1: val_dice 0.9413, val_iou 0.9000.");
});
