import { expect, it } from "vitest";
import { chooseThreads } from "./web-threads.js";

const isolated = { isolated: true, logicalCores: 8, running: undefined };

it("half the logical cores, at most four, or what is asked for", () => {
  expect(chooseThreads(undefined, isolated).threads).toBe(4);
  expect(chooseThreads(undefined, { ...isolated, logicalCores: 32 }).threads).toBe(4);
  expect(chooseThreads(undefined, { ...isolated, logicalCores: 3 }).threads).toBe(2);
  expect(chooseThreads(7, isolated)).toEqual({ threads: 7, why: "7 threads" });
});

it("one where the page is not isolated, with the headers that it needs", () => {
  const { threads, why } = chooseThreads(undefined, { ...isolated, isolated: false });
  expect(threads).toBe(1);
  expect(why).toMatch(/1 thread and not 4: .*Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/);
  expect(chooseThreads(1, { ...isolated, isolated: false })).toEqual({ threads: 1, why: "1 thread" });
});

it("those of the first session in a thread stay", () => {
  expect(chooseThreads(4, { ...isolated, running: 2 })).toEqual({
    threads: 2,
    why: "2 threads, as the first session in this thread",
  });
});
