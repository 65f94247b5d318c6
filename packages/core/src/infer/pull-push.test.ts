import { describe, expect, it } from "vitest";
import { finish } from "./pictures.test-support.js";
import { CELL, pullPush, type ColourGrid } from "./pull-push.js";

/** A grid where `known` cells have a colour of full weight and the others nothing. */
function gridOf(
  width: number,
  height: number,
  known: (x: number, y: number) => readonly [number, number, number] | undefined,
): ColourGrid {
  const data = new Float32Array(width * height * CELL);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += CELL) {
      const colour = known(x, y);
      if (colour !== undefined) data.set([...colour, 1], at);
    }
  return { width, height, data };
}
const red = ({ data }: ColourGrid): number[] => [...data.filter((_, i) => i % CELL === 0)];

describe("pullPush", () => {
  it.each([
    [1, 1],
    [1, 7],
    [17, 9],
    [64, 64],
  ])("carries one colour over a grid of %i×%i", (width, height) => {
    const grid = gridOf(width, height, (x, y) => (x === 0 && y === height - 1 ? [200, 100, 50] : undefined));
    finish(pullPush(grid));
    for (let i = 0; i < width * height; i++) {
      const [r, g, b] = grid.data.subarray(i * CELL, i * CELL + 3);
      expect([r, g, b].map((v) => Math.round(v!))).toEqual([200, 100, 50]);
    }
  });

  it("keeps what is known near what it was, and leans unknown cells to the nearest", () => {
    const grid = gridOf(33, 5, (x) => (x < 8 ? [10, 0, 0] : x >= 25 ? [250, 0, 0] : undefined));
    finish(pullPush(grid));
    const row = red(grid).slice(66, 99);
    expect(Math.max(...row.slice(0, 8))).toBeLessThan(20);
    expect(Math.min(...row.slice(25))).toBeGreaterThan(240);
    expect(row[9]).toBeLessThan(60);
    expect(row[23]).toBeGreaterThan(200);
    row.slice(1).forEach((value, i) => {
      expect(value).toBeGreaterThanOrEqual(row[i]! - 0.01);
    });
  });

  it("answers where it is asked, and elsewhere leaves the sums", () => {
    const known = (x: number) => (x % 3 === 0 ? ([90, 90, 90] as const) : undefined);
    const [all, some] = [gridOf(12, 12, known), gridOf(12, 12, known)];
    const sums = red(some);
    finish(pullPush(all));
    finish(pullPush(some, (x) => x > 5));
    red(some).forEach((value, i) => {
      expect(value).toBe(i % 12 > 5 ? red(all)[i] : sums[i]);
    });
  });

  it("is black where nothing is known", () => {
    const grid = gridOf(6, 4, () => undefined);
    finish(pullPush(grid));
    expect(grid.data.every((value) => value === 0)).toBe(true);
  });
});
