import { maxSample, type Picture, type Samples } from "../image/picture.js";
import { GuidedModel } from "./guided-model.js";
import { pixelAxis, pixelsOf, type Cells, type Coverage, type PixelAxis } from "./pixel-axis.js";
import type { Plane } from "./plane.js";
import type { MatteGrid } from "./resample.js";
import { isOneToOne, shrinkMatte } from "./shrink-matte.js";

/** Cells of the matte that are worked on at once, in each direction. */
const TILE = 16;
/** What the pixels between two cells are made of reaches this far before and after: cubic taps and windows. */
const REACH = 3;
/** Where the matte is 0 or 1 all over from so many cells before to as many after, the pixels between are too. */
const QUIET = 2;
/** Variance of noise in the picture that no edge is read from: a hundredth of full scale, squared. */
const EPSILON = 1e-4;
/** Nearer than this to 0 or to 1 all over a tile, a matte has no edge worth looking for. */
const FLAT = 0.02;
/** Nearer than this, it rounds to 0 or 1 in 8 bits. */
const NOTHING = 0.4 / 255;

/**
 * Bring a matte to the size of its picture: along an axis on which it is finer, by means ({@link shrinkMatte}); where
 * it is coarser, along the picture's edges.
 *
 * The matte is explained as a local linear function of the picture's colours on the matte's grid (guided filter,
 * 3×3 windows), and that function is applied to the picture at full size; what it could not explain is added by
 * bicubic interpolation, so that the mean over a cell stays what the network said. Only where the matte has an edge
 * does this cost anything. docs/decisions/0007 compares it with bicubic, plain guided and joint bilateral upsampling.
 *
 * @param matte in [0, 1]
 * @returns alpha, of the picture's size and depth. A generator: it yields after every row of tiles.
 */
export function* enlargeMatte(
  matte: Plane,
  grid: MatteGrid,
  picture: Picture,
): Generator<void, Plane<Samples>> {
  const { widthPx, heightPx, data } = picture;
  const count = widthPx * heightPx;
  const alpha = data instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  const shrunk = shrinkMatte({ matte, grid });
  if (isOneToOne(shrunk.grid.x) && isOneToOne(shrunk.grid.y)) {
    quantise(shrunk.matte.data, alpha);
    return { widthPx, heightPx, data: alpha };
  }
  const across = pixelAxis(shrunk.grid.x, TILE);
  const down = pixelAxis(shrunk.grid.y, TILE);
  const tile = new Tile(shrunk.matte, across, down, picture, alpha);
  for (let y = 0; y < down.cuts.length - 1; y++) {
    for (let x = 0; x < across.cuts.length - 1; x++) tile.fill(x, y);
    yield;
  }
  return { widthPx, heightPx, data: alpha };
}

function quantise(matte: Float32Array, alpha: Samples): void {
  const full = maxSample({ data: alpha });
  for (let i = 0; i < alpha.length; i++) {
    const value = matte[i]!;
    alpha[i] = value <= 0 ? 0 : value >= 1 ? full : value * full + 0.5;
  }
}

const SIDE = TILE + 2 * REACH + 2;

/** Works on one tile after another, in memory of its own. */
class Tile {
  readonly #matte: Plane;
  readonly #across: PixelAxis;
  readonly #down: PixelAxis;
  readonly #picture: Picture;
  readonly #alpha: Samples;
  readonly #solver = new GuidedModel(SIDE * SIDE);
  readonly #rest = new Float32Array(SIDE * SIDE);
  readonly #states = new Uint8Array(SIDE * SIDE);
  readonly #rowStates = new Uint8Array(SIDE * SIDE);
  readonly #modelRow = new Float32Array(SIDE * 4);
  readonly #restRow = new Float32Array(SIDE);

  constructor(matte: Plane, across: PixelAxis, down: PixelAxis, picture: Picture, alpha: Samples) {
    this.#matte = matte;
    this.#across = across;
    this.#down = down;
    this.#picture = picture;
    this.#alpha = alpha;
  }

  fill(tileX: number, tileY: number): void {
    const cellsX = windowOf(this.#across, tileX);
    const cellsY = windowOf(this.#down, tileY);
    const left = this.#across.cuts[tileX]!;
    const right = this.#across.cuts[tileX + 1]!;
    const top = this.#down.cuts[tileY]!;
    const bottom = this.#down.cuts[tileY + 1]!;
    const [low, high] = this.#readMatte(cellsX, cellsY);
    if (high <= NOTHING) return; // alpha is zero already
    if (low >= 1 - NOTHING) {
      const { widthPx } = this.#picture;
      const opaque = maxSample(this.#picture);
      for (let y = top; y < bottom; y++) this.#alpha.fill(opaque, y * widthPx + left, y * widthPx + right);
      return;
    }
    const width = cellsX.end - cellsX.start;
    const height = cellsY.end - cellsY.start;
    this.#findEdges(width, height);
    const guided = high > FLAT && low < 1 - FLAT;
    if (guided) {
      this.#readGuide(cellsX, cellsY);
      this.#solver.solve(width, height, EPSILON);
      this.#explain(width * height);
    } else {
      this.#solver.model.fill(0, 0, width * height * 4);
      this.#rest.set(this.#solver.p.subarray(0, width * height));
    }
    for (let y = top; y < bottom; y++) {
      const firstRow = this.#mixRows(y, width, cellsY);
      fillRow(this.#alpha, this.#picture, y, left, right, this.#across, {
        firstCell: cellsX.start,
        width,
        model: this.#modelRow,
        rest: this.#restRow,
        states: this.#states.subarray(firstRow, firstRow + width),
      });
    }
  }

  /** Copy the cells of the window; their least and greatest value. */
  #readMatte(cellsX: Cells, cellsY: Cells): [number, number] {
    const { data, widthPx } = this.#matte;
    const { p } = this.#solver;
    let low = 1;
    let high = 0;
    for (let y = cellsY.start, to = 0; y < cellsY.end; y++) {
      for (let x = cellsX.start, at = y * widthPx + x; x < cellsX.end; x++, at++, to++) {
        const value = data[at]!;
        p[to] = value;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    return [low, high];
  }

  /** For each cell, which of {@link Seen} lie in all that the pixels from it to the next are made of. */
  #findEdges(width: number, height: number): void {
    const { p } = this.#solver;
    const states = this.#states;
    const rows = this.#rowStates;
    for (let i = 0; i < width * height; i++) {
      states[i] = (p[i]! > NOTHING ? Seen.Something : 0) | (p[i]! < 1 - NOTHING ? Seen.Gap : 0);
    }
    spread(states, rows, height, width, 1, width);
    spread(rows, states, width, height, width, 1);
  }

  /** The mean colour of the pixels of every cell of the window that is near an edge. */
  #readGuide(cellsX: Cells, cellsY: Cells): void {
    const { widthPx, channels, data } = this.#picture;
    const green = channels > 2 ? 1 : 0; // grey stands for all three
    const { guide } = this.#solver;
    const states = this.#states;
    const full = maxSample(this.#picture);
    for (let cellY = cellsY.start, cell = 0; cellY < cellsY.end; cellY++) {
      const rows = pixelsOf(this.#down.map, cellY);
      for (let cellX = cellsX.start; cellX < cellsX.end; cellX++, cell++) {
        if (states[cell] !== EDGE) continue;
        const to = cell * 3;
        const columns = pixelsOf(this.#across.map, cellX);
        let r = 0;
        let g = 0;
        let b = 0;
        for (let y = rows.start; y < rows.end; y++) {
          const down = shareOf(rows, y);
          let at = (y * widthPx + columns.start) * channels;
          for (let x = columns.start; x < columns.end; x++, at += channels) {
            const share = down * shareOf(columns, x);
            r += share * data[at]!;
            g += share * data[at + green]!;
            b += share * data[at + 2 * green]!;
          }
        }
        const scale = 1 / (rows.total * columns.total * full);
        guide[to] = r * scale;
        guide[to + 1] = g * scale;
        guide[to + 2] = b * scale;
      }
    }
  }

  /** What the model leaves of the matte: p − (a·I + b), the latter cut to [0, 1]. */
  #explain(count: number): void {
    const { p, guide, model } = this.#solver;
    const rest = this.#rest;
    for (let i = 0; i < count; i++) {
      const m = i * 4;
      const c = i * 3;
      const said =
        model[m]! * guide[c]! + model[m + 1]! * guide[c + 1]! + model[m + 2]! * guide[c + 2]! + model[m + 3]!;
      rest[i] = p[i]! - (said < 0 ? 0 : said > 1 ? 1 : said);
    }
  }

  /** Interpolate the window's rows of cells for a row of pixels: linearly the model, bicubically the rest. */
  #mixRows(y: number, width: number, cellsY: Cells): number {
    const last = cellsY.end - cellsY.start - 1;
    const base = this.#down.base[y]! - cellsY.start;
    const { cubic, fraction } = this.#down;
    const w0 = cubic[y * 4]!;
    const w1 = cubic[y * 4 + 1]!;
    const w2 = cubic[y * 4 + 2]!;
    const w3 = cubic[y * 4 + 3]!;
    const r0 = clamp(base - 1, 0, last) * width;
    const r1 = clamp(base, 0, last) * width;
    const r2 = clamp(base + 1, 0, last) * width;
    const r3 = clamp(base + 2, 0, last) * width;
    const rest = this.#rest;
    const restRow = this.#restRow;
    for (let i = 0; i < width; i++) {
      restRow[i] = w0 * rest[r0 + i]! + w1 * rest[r1 + i]! + w2 * rest[r2 + i]! + w3 * rest[r3 + i]!;
    }
    const { model } = this.#solver;
    const modelRow = this.#modelRow;
    const t = fraction[y]!;
    for (let i = 0, m1 = r1 * 4, m2 = r2 * 4; i < width * 4; i++, m1++, m2++) {
      modelRow[i] = model[m1]! + t * (model[m2]! - model[m1]!);
    }
    return r1;
  }
}

/** What a stretch of matte holds. Without `Gap` it is 1 all over, without `Something` 0. */
const Seen = { Something: 1, Gap: 2 } as const;
const EDGE = Seen.Something | Seen.Gap;

/** OR of each cell's state with those up to {@link QUIET} away, along lines of cells that are `step` apart. */
function spread(
  from: Uint8Array,
  to: Uint8Array,
  lines: number,
  length: number,
  step: number,
  nextLine: number,
): void {
  for (let line = 0; line < lines; line++) {
    const start = line * nextLine;
    for (let i = 0; i < length; i++) {
      let seen = 0;
      const end = Math.min(length - 1, i + QUIET + 1);
      for (let k = Math.max(0, i - QUIET); k <= end; k++) seen |= from[start + k * step]!;
      to[start + i * step] = seen;
    }
  }
}

/** A row of cells, interpolated to where a row of pixels lies. */
interface CellRow {
  readonly firstCell: number;
  readonly width: number;
  readonly model: Float32Array;
  readonly rest: Float32Array;
  readonly states: Uint8Array;
}

function fillRow(
  alpha: Samples,
  picture: Picture,
  y: number,
  left: number,
  right: number,
  { base, fraction, cubic }: PixelAxis,
  { firstCell, width, model, rest, states }: CellRow,
): void {
  const { widthPx, channels, data } = picture;
  const green = channels > 2 ? 1 : 0; // grey stands for all three
  const full = maxSample(picture);
  const scale = 1 / full;
  const last = width - 1;
  for (let x = left, at = y * widthPx + left; x < right; x++, at++) {
    const cell = base[x]! - firstCell;
    const c1 = cell < 0 ? 0 : cell;
    const seen = states[c1]!;
    if (seen === Seen.Gap) continue;
    if (seen === Seen.Something) {
      alpha[at] = full;
      continue;
    }
    const c0 = cell < 1 ? 0 : cell - 1;
    const c2 = cell + 1 > last ? last : cell + 1;
    const c3 = cell + 2 > last ? last : cell + 2;
    const k = x * 4;
    const t = fraction[x]!;
    const m1 = c1 * 4;
    const m2 = c2 * 4;
    const from = at * channels;
    const ar = model[m1]! + t * (model[m2]! - model[m1]!);
    const ag = model[m1 + 1]! + t * (model[m2 + 1]! - model[m1 + 1]!);
    const ab = model[m1 + 2]! + t * (model[m2 + 2]! - model[m1 + 2]!);
    const b = model[m1 + 3]! + t * (model[m2 + 3]! - model[m1 + 3]!);
    const said = (ar * data[from]! + ag * data[from + green]! + ab * data[from + 2 * green]!) * scale + b;
    const q =
      (said < 0 ? 0 : said > 1 ? 1 : said) +
      cubic[k]! * rest[c0]! +
      cubic[k + 1]! * rest[c1]! +
      cubic[k + 2]! * rest[c2]! +
      cubic[k + 3]! * rest[c3]!;
    alpha[at] = q <= 0 ? 0 : q >= 1 ? full : q * full + 0.5;
  }
}

function windowOf({ map, base, cuts }: PixelAxis, tile: number): Cells {
  return {
    start: clamp(base[cuts[tile]!]! - REACH, map.first, map.last),
    end: clamp(base[cuts[tile + 1]! - 1]! + 1 + REACH, map.first, map.last) + 1,
  };
}

function shareOf({ start, end, first, last }: Coverage, pixel: number): number {
  return pixel === start ? first : pixel === end - 1 ? last : 1;
}

function clamp(value: number, low: number, high: number): number {
  return value < low ? low : value > high ? high : value;
}
