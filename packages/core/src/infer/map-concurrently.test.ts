import { expect, test } from "vitest";
import { mapConcurrently } from "./map-concurrently.js";

const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

test("everything is done, as it gets ready, never more than the limit at once", async () => {
  let alive = 0;
  let most = 0;
  const results = await all(
    mapConcurrently([30, 1, 20, 2, 10], 2, async (ms) => {
      most = Math.max(most, (alive += 1));
      await later(ms);
      alive -= 1;
      return ms;
    }),
  );
  expect(results.toSorted((a, b) => a - b)).toEqual([1, 2, 10, 20, 30]);
  expect(results[0]).toBe(1);
  expect(most).toBe(2);
});

test("an item is taken only when there is room for it: a slow reader holds the source back", async () => {
  let taken = 0;
  function* source() {
    for (;;) yield (taken += 1);
  }
  const results = mapConcurrently(source(), 3, (n) => Promise.resolve(n));
  await results.next();
  await later(5);
  expect(taken).toBeLessThanOrEqual(4);
  await results.return(undefined);
});

test("a source that waits holds back no result", async () => {
  let release = (): void => undefined;
  async function* source() {
    yield 1;
    await new Promise<void>((resolve) => (release = resolve));
    yield 2;
  }
  const results = mapConcurrently(source(), 4, (n) => Promise.resolve(n));
  expect(await results.next()).toEqual({ done: false, value: 1 });
  release();
  expect(await all(results)).toEqual([2]);
});

test("an error ends it after what runs has settled, and closes the source", async () => {
  let closed = false;
  let settled = false;
  function* source() {
    try {
      yield* [1, 2, 3, 4];
    } finally {
      closed = true;
    }
  }
  const results = mapConcurrently(source(), 2, async (n) => {
    await later(n === 1 ? 5 : 15);
    if (n === 1) throw new Error("one");
    settled = true;
    return n;
  });
  await expect(all(results)).rejects.toThrow("one");
  expect([closed, settled]).toEqual([true, true]);
});

test("an error of the source is passed on", async () => {
  async function* source() {
    yield 1;
    await later(1);
    throw new Error("no more");
  }
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const n of mapConcurrently(source(), 2, (n: number) => Promise.resolve(n))) seen.push(n);
    })(),
  ).rejects.toThrow("no more");
  expect(seen).toEqual([1]);
});
