/** Red, green, blue and weight of a cell, in this order. */
export const CELL = 4;

/** How much a cell leans on what is around it, against the weight of one cell that is full. */
const LEAN = 0.2;
/** Shares of four neighbours in a row in the coarser cell that covers the middle two. */
const TENT = [0.25, 0.75, 0.75, 0.25] as const;

/** A grid of cells, {@link CELL} numbers each, row by row. */
export interface ColourGrid {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * Spread scattered colours over a grid (the pull–push pyramid of Gortler et al., "The Lumigraph", SIGGRAPH 1996).
 *
 * Pulling sums the cells by tents of 4×4 into grids of half the side until one cell is left; pushing goes back down:
 * `c = (Σ w·c + λ·c̃) / (Σ w + λ)`, where c̃ is the coarser grid's answer, interpolated linearly. A cell that knows its
 * colour keeps it; one that does not gets that of the nearest ones that do, smoothly.
 *
 * @param grid in: for each cell Σ w·colour and Σ w, where a full cell weighs 1; out: its colour in the first three.
 * @param wanted which cells need an answer, by column and row; the others keep their sums
 * @returns a generator that yields now and then
 */
export function* pullPush(
  grid: ColourGrid,
  wanted: (x: number, y: number) => boolean = () => true,
): Generator<void, void> {
  const levels = [grid];
  for (let level = grid; level.width > 1 || level.height > 1;) {
    level = halved(level);
    levels.push(level);
    yield;
  }
  const top = levels.at(-1)!;
  const weight = top.data[3]!;
  if (weight > 0) for (let c = 0; c < 3; c++) top.data[c]! /= weight;
  for (let i = levels.length - 2; i > 0; i--) {
    pushRows(levels[i + 1]!, levels[i]!, 0, levels[i]!.height, () => true);
    yield;
  }
  if (levels.length === 1) return;
  for (let y = 0; y < grid.height; y += ROWS) {
    pushRows(levels[1]!, grid, y, Math.min(grid.height, y + ROWS), wanted);
    yield;
  }
}

/** Rows of the finest grid between two yields. */
const ROWS = 64;

function halved({ width, height, data }: ColourGrid): ColourGrid {
  const w = (width + 1) >> 1;
  const h = (height + 1) >> 1;
  const out = new Float32Array(w * h * CELL);
  for (let y = 0, to = 0; y < h; y++) {
    for (let x = 0; x < w; x++, to += CELL) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let weight = 0;
      for (let j = 0; j < 4; j++) {
        const row = 2 * y - 1 + j;
        if (row < 0 || row >= height) continue;
        for (let i = 0; i < 4; i++) {
          const column = 2 * x - 1 + i;
          if (column < 0 || column >= width) continue;
          const from = (row * width + column) * CELL;
          const share = TENT[j]! * TENT[i]!;
          red += share * data[from]!;
          green += share * data[from + 1]!;
          blue += share * data[from + 2]!;
          weight += share * data[from + 3]!;
        }
      }
      out[to] = red;
      out[to + 1] = green;
      out[to + 2] = blue;
      out[to + 3] = weight;
    }
  }
  return { width: w, height: h, data: out };
}

function pushRows(
  coarse: ColourGrid,
  { width, data }: ColourGrid,
  startRow: number,
  endRow: number,
  wanted: (x: number, y: number) => boolean,
): void {
  const last = { x: coarse.width - 1, y: coarse.height - 1 };
  const up = coarse.data;
  for (let y = startRow; y < endRow; y++) {
    // An even cell lies a quarter before the middle of the one that covers it, an odd one a quarter behind.
    const near = y >> 1;
    const other = (y & 1) === 0 ? Math.max(0, near - 1) : Math.min(last.y, near + 1);
    const rowN = near * coarse.width;
    const rowO = other * coarse.width;
    for (let x = 0, at = y * width * CELL; x < width; x++, at += CELL) {
      if (!wanted(x, y)) continue;
      const column = x >> 1;
      const beside = (x & 1) === 0 ? Math.max(0, column - 1) : Math.min(last.x, column + 1);
      const nn = (rowN + column) * CELL;
      const nb = (rowN + beside) * CELL;
      const on = (rowO + column) * CELL;
      const ob = (rowO + beside) * CELL;
      const scale = 1 / (data[at + 3]! + LEAN);
      for (let c = 0; c < 3; c++) {
        const around = 0.5625 * up[nn + c]! + 0.1875 * (up[nb + c]! + up[on + c]!) + 0.0625 * up[ob + c]!;
        data[at + c] = (data[at + c]! + LEAN * around) * scale;
      }
    }
  }
}
