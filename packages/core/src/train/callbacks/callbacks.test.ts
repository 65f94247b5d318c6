import { expect, test } from "vitest";
import { MattelierError } from "../../util/index.js";
import type { Callback, RunControls } from "./callback.js";
import { CallbackList, earlyStopping, modelCheckpoint, Monitor, reduceLROnPlateau } from "./index.js";

/** What the callback did at each epoch: `stop`, `lr × 0.1`, `best`. */
async function watch(callback: Callback, metric: string, values: readonly number[]): Promise<string[][]> {
  const done: string[][] = [];
  for (const [i, value] of values.entries()) {
    const acts: string[] = [];
    const controls: RunControls = {
      stop: () => void acts.push("stop"),
      scaleLearningRate: (factor) => void acts.push(`lr × ${factor}`),
      keepAsBest: () => void acts.push("best"),
      say: () => undefined,
    };
    await callback.onEpochEnd?.({ epoch: i + 1, step: i, metrics: { [metric]: value } }, controls);
    done.push(acts);
  }
  return done;
}

const firstWith = (acts: readonly string[][], act: string): number => acts.findIndex((a) => a.includes(act));

test("early stopping ends after `patience` epochs without a gain of minDelta", async () => {
  const values = [1, 0.8, 0.79995, 0.8, 0.9];
  const acts = await watch(earlyStopping({ patience: 3, minDelta: 1e-4 }), "val_loss", values);
  expect(firstWith(acts, "stop")).toBe(4);
});

test("a metric that grows is watched the other way round", async () => {
  expect(new Monitor({ monitor: "val_iou" }).mode).toBe("max");
  expect(new Monitor({ monitor: "val_mae" }).mode).toBe("min");
  const acts = await watch(modelCheckpoint({ monitor: "val_iou" }), "val_iou", [0.5, 0.4, 0.6, NaN, 0.6]);
  expect(acts.map((a) => a.includes("best"))).toEqual([true, false, true, false, false]);
});

test("what is not finite is never the best, and does not come back as one through JSON", async () => {
  const first = modelCheckpoint({ monitor: "val_loss" });
  expect((await watch(first, "val_loss", [Infinity, NaN])).flat()).toEqual([]);
  const second = modelCheckpoint({ monitor: "val_loss" });
  second.restore?.(JSON.parse(JSON.stringify(first.state?.())));
  expect((await watch(second, "val_loss", [2, 3])).flat()).toEqual(["best"]);
});

test("a plateau lowers the rate once, then waits again", async () => {
  const acts = await watch(reduceLROnPlateau({ patience: 1, factor: 0.5 }), "val_loss", [1, 1, 1, 1, 1]);
  expect(acts.flat()).toEqual(["lr × 0.5", "lr × 0.5"]);
  expect(firstWith(acts, "lr × 0.5")).toBe(2);
});

test.each([
  ["EarlyStopping", () => earlyStopping({ patience: 3 })],
  ["ReduceLROnPlateau", () => reduceLROnPlateau({ patience: 2 })],
  ["ModelCheckpoint", () => modelCheckpoint()],
])("%s goes on from its state, through JSON, as if nothing had been", async (name, create) => {
  const values = [1, 0.9, 0.95, 0.96, 0.97, 0.8, 0.81, 0.82, 0.83, 0.84];
  const unbroken = await watch(create(), "val_loss", values);
  for (let cut = 0; cut <= values.length; cut++) {
    const first = create();
    expect(first.name).toBe(name);
    const before = await watch(first, "val_loss", values.slice(0, cut));
    const second = create();
    second.restore?.(JSON.parse(JSON.stringify(first.state?.())));
    expect([...before, ...(await watch(second, "val_loss", values.slice(cut)))]).toEqual(unbroken);
  }
});

test("a metric that is not there is named, and the nearest suggested", async () => {
  const error: unknown = await watch(earlyStopping({ monitor: "val_iuo" }), "val_iou", [1]).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MattelierError);
  expect(String(error)).toContain("val_iou");
});

const report = { epoch: 1, step: 3, metrics: { val_iou: 0.5 } };
const idle: RunControls = {
  stop: () => undefined,
  scaleLearningRate: () => undefined,
  keepAsBest: () => undefined,
  say: () => undefined,
};

test("what a callback throws bears its name, waited for or not", async () => {
  for (const onEpochEnd of [
    () => {
      throw new TypeError("no such thing");
    },
    () => Promise.reject(new TypeError("no such thing")),
  ]) {
    const list = new CallbackList([{ name: "Mine", onEpochEnd }]);
    await expect(list.epochEnd(report, idle)).rejects.toMatchObject({
      code: "invalid-config",
      where: "callback Mine, onEpochEnd",
      got: "no such thing",
    });
  }
  await expect(
    new CallbackList([earlyStopping({ monitor: "val_iuo" })]).epochEnd(report, idle),
  ).rejects.toMatchObject({ code: "unknown-name" });
});

test.each([
  [undefined, "a callback: an object"],
  [{ onEpochEnd: () => undefined }, "a callback with a name"],
  [{ name: "Mine", onEpochEnd: 3 }, "functions: onEpochEnd of Mine; got number"],
])("%j is no callback", (value, part) => {
  expect(() => new CallbackList([value as never])).toThrow(part);
});

test("two callbacks of one name are refused", () => {
  expect(() => new CallbackList([modelCheckpoint(), modelCheckpoint()])).toThrow("got ModelCheckpoint twice");
});
