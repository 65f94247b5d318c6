import type { Picture, Samples } from "../image/picture.js";
import { Block, BLOCK_PX, type BlockMap } from "./blocks.js";
import { boxBlur } from "./box-blur.js";
import { addPixels, SUMS } from "./layer-sums.js";
import type { Plane } from "./plane.js";

/**
 * Estimated colours of the subject and of what is behind it, on a grid of cells, in the picture's sample values.
 * Only cells near mixed pixels are filled.
 */
export interface Layers {
  readonly cellPx: number;
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** For each cell, the subject's colour, then that of what is behind: two or six samples. */
  readonly colours: Samples;
}

/** Weight of the far colour, against a pure pixel in the near window. */
const FAR_WEIGHT = 1e-3;
/** The far window looks this far to each side, as a part of the picture's longer side. */
const FAR_PART = 0.06;
/** Pixels of one layer alone stand for their neighbours: one of so many is read, in each direction. */
const STEP_NEAR = 4;
const STEP_FAR = 8;

/** Side of a cell, a power of two: the grid has up to a million cells (four million beyond 64 megapixels). */
function cellFor({ widthPx, heightPx }: Plane<Samples>): number {
  const megapixels = (widthPx * heightPx) / 1e6;
  return megapixels <= 1 ? 1 : megapixels <= 4 ? 2 : megapixels <= 16 ? 4 : 8;
}

/**
 * Estimate the colours of both layers of a picture, given how much of each pixel the subject covers.
 *
 * Blur fusion (Forte 2021) in a form that costs little: weighted means of the picture over a near and a far window,
 * `F̂ = Σ w·I / Σ w` with w = α² for the subject and (1 − α)² for what is behind (squares keep mixed pixels, whose
 * colour is neither layer's, from counting much). The near window is 3×3 cells; the far mean stands in where it
 * holds no pure pixel. The means live on a grid, near mixed pixels only; `fuseRow` then brings in each pixel's own
 * colour. docs/decisions/0004 compares it with the published methods.
 *
 * @param alpha of the picture's size and depth
 * @param blocks of this alpha
 * @param cellPx side of a cell: 1, 2, 4 or 8; by the picture's size when left out
 * @returns a generator that yields now and then
 */
export function* estimateLayers(
  picture: Picture,
  alpha: Plane<Samples>,
  blocks: BlockMap,
  cellPx = cellFor(alpha),
): Generator<void, Layers> {
  const near = new NearSums(picture, alpha, blocks, cellPx);
  for (let i = 0; i < near.active.length; i++) {
    near.sum(i);
    if (i % 256 === 255) yield;
  }
  const far = new Float32Array(blocks.width * blocks.height * SUMS);
  near.addTo(far);
  for (let y = 0; y < blocks.height; y++) {
    for (let x = 0; x < blocks.width; x++) {
      const block = y * blocks.width + x;
      if (near.slots[block]! >= 0) continue;
      const rectangle = { x: x * BLOCK_PX, y: y * BLOCK_PX, width: BLOCK_PX, height: BLOCK_PX };
      addPixels(far, block * SUMS, picture, alpha, rectangle, STEP_FAR);
    }
    if (y % 32 === 31) yield;
  }
  const radius = (FAR_PART * Math.max(picture.widthPx, picture.heightPx)) / BLOCK_PX;
  yield* meansOfFar(far, blocks.width, blocks.height, Math.max(1, Math.round(radius)));

  const gridWidth = Math.ceil(picture.widthPx / cellPx);
  const gridHeight = Math.ceil(picture.heightPx / cellPx);
  const size = gridWidth * gridHeight * (picture.channels > 2 ? 6 : 2);
  const colours = picture.data instanceof Uint16Array ? new Uint16Array(size) : new Uint8Array(size);
  for (let i = 0; i < near.active.length; i++) {
    near.means(i, far, colours, gridWidth, gridHeight);
    if (i % 256 === 255) yield;
  }
  return { cellPx, gridWidth, gridHeight, colours };
}

/** Sums of the cells in and around mixed blocks. */
class NearSums {
  /** The blocks that are summed, and for each block of the picture its place among them, or −1. */
  readonly active: Int32Array;
  readonly slots: Int32Array;
  readonly #picture: Picture;
  readonly #alpha: Plane<Samples>;
  readonly #blocks: BlockMap;
  readonly #cellPx: number;
  /** Cells in a block, in each direction. */
  readonly #side: number;
  /** By slot, cell row, cell: {@link SUMS} each, and whether the cell is mixed. */
  readonly #sums: Float32Array;
  readonly #mixed: Uint8Array;

  constructor(picture: Picture, alpha: Plane<Samples>, blocks: BlockMap, cellPx: number) {
    this.#picture = picture;
    this.#alpha = alpha;
    this.#blocks = blocks;
    this.#cellPx = cellPx;
    this.#side = BLOCK_PX / cellPx;
    this.slots = new Int32Array(blocks.states.length).fill(-1);
    const active: number[] = [];
    for (let y = 0; y < blocks.height; y++) {
      for (let x = 0; x < blocks.width; x++) {
        if (!isNearMixed(blocks, x, y)) continue;
        this.slots[y * blocks.width + x] = active.length;
        active.push(y * blocks.width + x);
      }
    }
    this.active = Int32Array.from(active);
    const cells = active.length * this.#side * this.#side;
    this.#sums = new Float32Array(cells * SUMS);
    this.#mixed = new Uint8Array(cells);
  }

  sum(slot: number): void {
    const block = this.active[slot]!;
    const { width, states } = this.#blocks;
    const side = this.#side;
    const cellPx = this.#cellPx;
    const left = (block % width) * BLOCK_PX;
    const top = Math.floor(block / width) * BLOCK_PX;
    const mayMix = states[block] === Block.Mixed;
    let cell = slot * side * side;
    for (let y = top; y < top + BLOCK_PX; y += cellPx) {
      for (let x = left; x < left + BLOCK_PX; x += cellPx, cell++) {
        const mixed = mayMix && isMixed(this.#alpha, x, y, cellPx);
        this.#mixed[cell] = mixed ? 1 : 0;
        const rectangle = { x, y, width: cellPx, height: cellPx };
        addPixels(this.#sums, cell * SUMS, this.#picture, this.#alpha, rectangle, mixed ? 1 : STEP_NEAR);
      }
    }
  }

  /** Add each block's cells to the sums of the blocks. */
  addTo(far: Float32Array): void {
    const perBlock = this.#side * this.#side * SUMS;
    for (let slot = 0; slot < this.active.length; slot++) {
      const to = this.active[slot]! * SUMS;
      const from = slot * perBlock;
      for (let i = 0; i < perBlock; i++) far[to + (i % SUMS)]! += this.#sums[from + i]!;
    }
  }

  /** Write the colours of the cells of a block that touch a mixed one: means over 3×3 cells. */
  means(slot: number, far: Float32Array, colours: Samples, gridWidth: number, gridHeight: number): void {
    const side = this.#side;
    const block = this.active[slot]!;
    const left = (block % this.#blocks.width) * side;
    const top = Math.floor(block / this.#blocks.width) * side;
    const bottom = Math.min(gridHeight, top + side);
    const right = Math.min(gridWidth, left + side);
    const perCell = this.#picture.channels > 2 ? 6 : 2;
    const window = new Float64Array(SUMS);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        if (!this.#sumWindow(x, y, gridWidth, gridHeight, window)) continue;
        write(colours, (y * gridWidth + x) * perCell, perCell / 2, window, far, block * SUMS);
      }
    }
  }

  /** @returns whether any cell of the window is mixed */
  #sumWindow(x: number, y: number, gridWidth: number, gridHeight: number, window: Float64Array): boolean {
    const side = this.#side;
    const sums = this.#sums;
    window.fill(0);
    let mixed = 0;
    for (let row = Math.max(0, y - 1); row <= Math.min(gridHeight - 1, y + 1); row++) {
      const blockRow = Math.floor(row / side);
      for (let column = Math.max(0, x - 1); column <= Math.min(gridWidth - 1, x + 1); column++) {
        const blockColumn = Math.floor(column / side);
        const slot = this.slots[blockRow * this.#blocks.width + blockColumn]!;
        if (slot < 0) continue;
        const cell = (slot * side + row - blockRow * side) * side + column - blockColumn * side;
        mixed |= this.#mixed[cell]!;
        for (let s = 0, at = cell * SUMS; s < SUMS; s++, at++) window[s]! += sums[at]!;
      }
    }
    return mixed === 1;
  }
}

/** Whether a block or one that touches it is mixed. */
function isNearMixed({ width, height, states }: BlockMap, x: number, y: number): boolean {
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
      if (states[row * width + column] === Block.Mixed) return true;
    }
  }
  return false;
}

/** Whether a cell holds anything but one layer alone. */
function isMixed({ data, widthPx, heightPx }: Plane<Samples>, x: number, y: number, side: number): boolean {
  const right = Math.min(widthPx, x + side);
  const bottom = Math.min(heightPx, y + side);
  if (x >= right || y >= bottom) return false;
  const first = data[y * widthPx + x]!;
  if (first !== 0 && first !== (data instanceof Uint16Array ? 65535 : 255)) return true;
  for (let row = y; row < bottom; row++) {
    for (let at = row * widthPx + x; at < row * widthPx + right; at++) if (data[at] !== first) return true;
  }
  return false;
}

/** Divide a window's sums by its weights, leaning on the far means as far as the weights are small. */
function write(
  colours: Samples,
  to: number,
  channels: number,
  window: Float64Array,
  far: Float32Array,
  at: number,
): void {
  const subject = 1 / (window[3]! + FAR_WEIGHT);
  const behind = 1 / (window[7]! + FAR_WEIGHT);
  for (let c = 0; c < channels; c++) {
    colours[to + c] = (window[c]! + FAR_WEIGHT * far[at + c]!) * subject + 0.5;
    colours[to + channels + c] = (window[4 + c]! + FAR_WEIGHT * far[at + 4 + c]!) * behind + 0.5;
  }
}

/** Make means of the sums of the blocks: over a window, and over the whole picture where it holds nothing. */
function* meansOfFar(sums: Float32Array, width: number, height: number, radius: number): Generator<void> {
  const count = width * height;
  const plane = new Float32Array(count);
  const scratch = new Float32Array(count);
  const total = new Float64Array(SUMS);
  for (let s = 0; s < SUMS; s++) {
    total[s] = gather(sums, s, plane);
    boxBlur(plane, width, height, radius, scratch);
    for (let i = 0, at = s; i < count; i++, at += SUMS) sums[at] = plane[i]!;
    yield;
  }
  for (const layer of [0, 4]) {
    const weight = total[layer + 3]!;
    for (let c = 0; c < 3; c++) {
      // A layer that is nowhere has the other one's colour.
      const mean = weight > 0 ? total[layer + c]! / weight : total[4 - layer + c]! / total[7 - layer]!;
      divide(sums, layer + c, layer + 3, mean);
    }
  }
}

/** Copy one of the sums of each block to a plane; their total. */
function gather(sums: Float32Array, from: number, plane: Float32Array): number {
  let total = 0;
  for (let i = 0, at = from; i < plane.length; i++, at += SUMS) {
    plane[i] = sums[at]!;
    total += plane[i]!;
  }
  return total;
}

function divide(sums: Float32Array, colour: number, weight: number, mean: number): void {
  for (let at = 0; at < sums.length; at += SUMS) {
    sums[at + colour] = (sums[at + colour]! + FAR_WEIGHT * mean) / (sums[at + weight]! + FAR_WEIGHT);
  }
}
