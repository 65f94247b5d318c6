import { expect, test } from "vitest";
import { createRng, hash32 } from "./random.js";

const take = (rng: { uniform(): number }, n: number) => Array.from({ length: n }, () => rng.uniform());

test("the same seed gives the same stream, another seed another", () => {
  expect(take(createRng(7), 5)).toEqual(take(createRng(7), 5));
  expect(take(createRng(7), 5)).not.toEqual(take(createRng(8), 5));
});

test("a saved state goes on where it stopped, through JSON too", () => {
  const rng = createRng(3);
  rng.normal();
  const resumed = createRng(JSON.parse(JSON.stringify(rng.state())) as ReturnType<typeof rng.state>);
  expect([resumed.normal(), ...take(resumed, 4)]).toEqual([rng.normal(), ...take(rng, 4)]);
});

test("forks are independent by name and leave the parent alone", () => {
  const rng = createRng(1);
  const before = rng.state();
  expect(take(rng.fork("a"), 3)).toEqual(take(rng.fork("a"), 3));
  expect(take(rng.fork("a"), 3)).not.toEqual(take(rng.fork("b"), 3));
  expect(rng.state()).toEqual(before);
});

test("uniform and normal have the moments that they should", () => {
  const rng = createRng(11);
  const n = 100_000;
  const uniform = take(rng, n);
  const normal = Array.from({ length: n }, () => rng.normal());
  const mean = (xs: number[]) => xs.reduce((s, x) => s + x, 0) / xs.length;
  const variance = (xs: number[]) => mean(xs.map((x) => (x - mean0(xs)) ** 2));
  const cache = new Map<number[], number>();
  const mean0 = (xs: number[]) => cache.get(xs) ?? (cache.set(xs, mean(xs)), cache.get(xs)!);
  expect(mean(uniform)).toBeCloseTo(0.5, 2);
  expect(variance(uniform)).toBeCloseTo(1 / 12, 2);
  expect(mean(normal)).toBeCloseTo(0, 1);
  expect(variance(normal)).toBeCloseTo(1, 1);
  expect(Math.min(...uniform.slice(0, 1000))).toBeGreaterThanOrEqual(0);
});

test("hash32 is FNV-1a", () => {
  expect(hash32("")).toBe(0x811c9dc5);
  expect(hash32("a")).toBe(0xe40c292c);
  expect(hash32("foobar")).toBe(0xbf9cf968);
});
