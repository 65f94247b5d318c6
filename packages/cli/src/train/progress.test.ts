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
