import type { Picture, Samples } from "../image/picture.js";
import { Block, BLOCK_PX, nearMixed, type BlockMap } from "./blocks.js";
import type { Plane } from "./plane.js";
import { CELL, pullPush, type ColourGrid } from "./pull-push.js";

/**
 * Estimated colours of the subject and of what is behind it, on grids of cells, in the picture's sample values;
 * grey stands in all three. Only cells near mixed pixels hold an answer.
 */
export interface Layers {
  readonly cellPx: number;
  readonly subject: ColourGrid;
  readonly behind: ColourGrid;
}

/** A pixel speaks for what is behind by (1 − α) to this power: one that is mixed hardly at all. */
const PURITY = 32;

/** Side of a cell, a power of two: the grid has up to a million cells (four million beyond 64 megapixels). */
function cellFor({ widthPx, heightPx }: Plane<Samples>): number {
  const megapixels = (widthPx * heightPx) / 1e6;
  return megapixels <= 1 ? 1 : megapixels <= 4 ? 2 : megapixels <= 16 ? 4 : 8;
}

/**
 * Estimate the colours of both layers of a picture, given how much of each pixel the subject covers.
 *
 * 1. What is behind is known where α is 0; {@link pullPush} spreads it under the edge: B̂.
 * 2. Taken out of the picture it leaves the subject's colours, `(I − (1 − α)·B̂) / α`, the surer the larger α is: they
 *    weigh α² and are spread the same way: F̂.
 *
 * `fuseRow` then brings in each pixel's own colour. This is blur fusion (Forte 2021) with pyramids in the place of its
 * windows, so that an edge of any softness finds pure pixels, and costs the same. docs/decisions/0007 compares it
 * with the published methods.
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
  const near = nearMixed(blocks);
  const cells = BLOCK_PX / cellPx;
  const wanted = (x: number, y: number): boolean =>
    near[Math.floor(y / cells) * blocks.width + Math.floor(x / cells)] === 1;
  const sums = new CellSums(picture, alpha, cellPx);
  const stepAt = (block: number): number => (near[block] === 1 ? Math.min(2, cellPx) : cellPx);

  const behind = sums.grid();
  yield* sums.addBlocks(blocks, behind, { pure: Block.Clear, stepAt }, (at, left, top) => {
    sums.addBehind(behind, at, left, top);
  });
  yield* pullPush(behind, wanted);

  const subject = sums.grid();
  yield* sums.addBlocks(blocks, subject, { pure: Block.Opaque, stepAt }, (at, left, top) => {
    sums.addSubject(subject, behind, at, left, top);
  });
  yield* pullPush(subject, wanted);
  return { cellPx, subject, behind };
}

/** Sums the pixels of a picture cell by cell. */
class CellSums {
  readonly #picture: Picture;
  readonly #alpha: Plane<Samples>;
  readonly #cellPx: number;
  /** Whether the second and third colour are the first: grey. */
  readonly #green: 0 | 1;
  readonly #full: 255 | 65535;
  /** By the high eight bits of alpha; never quite nothing, so that there is an answer where nothing is pure. */
  readonly #purity = Float32Array.from({ length: 256 }, (_, a) => Math.max(1e-9, (1 - a / 255) ** PURITY));

  constructor(picture: Picture, alpha: Plane<Samples>, cellPx: number) {
    this.#picture = picture;
    this.#alpha = alpha;
    this.#cellPx = cellPx;
    this.#green = picture.channels > 2 ? 1 : 0;
    this.#full = alpha.data instanceof Uint16Array ? 65535 : 255;
  }

  grid(): ColourGrid {
    const width = Math.ceil(this.#picture.widthPx / this.#cellPx);
    const height = Math.ceil(this.#picture.heightPx / this.#cellPx);
    return { width, height, data: new Float32Array(width * height * CELL) };
  }

  /**
   * Go over the cells of the picture: in blocks of the state `pure`, which are of the layer alone, one pixel stands for
   * `step` × `step`; cells of mixed blocks are `addMixed`'s; the others hold nothing of the layer.
   */
  *addBlocks(
    { width, height, states }: BlockMap,
    grid: ColourGrid,
    { pure, stepAt }: { readonly pure: number; readonly stepAt: (block: number) => number },
    addMixed: (at: number, left: number, top: number) => void,
  ): Generator<void, void> {
    const side = BLOCK_PX / this.#cellPx;
    for (let by = 0, block = 0; by < height; by++) {
      for (let bx = 0; bx < width; bx++, block++) {
        const state = states[block]!;
        if (state !== pure && state !== Block.Mixed) continue;
        const step = stepAt(block);
        const right = Math.min(grid.width, (bx + 1) * side);
        const bottom = Math.min(grid.height, (by + 1) * side);
        for (let y = by * side; y < bottom; y++) {
          for (let x = bx * side; x < right; x++) {
            const at = (y * grid.width + x) * CELL;
            if (state === pure) this.#addPure(grid.data, at, x * this.#cellPx, y * this.#cellPx, step);
            else addMixed(at, x * this.#cellPx, y * this.#cellPx);
          }
        }
      }
      if (by % 8 === 7) yield;
    }
  }

  #addPure(sums: Float32Array, at: number, left: number, top: number, step: number): void {
    const { data, channels, widthPx, heightPx } = this.#picture;
    const green = this.#green;
    const right = Math.min(widthPx, left + this.#cellPx);
    const bottom = Math.min(heightPx, top + this.#cellPx);
    const weight = (step / this.#cellPx) ** 2;
    for (let y = top; y < bottom; y += step) {
      for (
        let x = left, from = (y * widthPx + left) * channels;
        x < right;
        x += step, from += step * channels
      ) {
        sums[at]! += weight * data[from]!;
        sums[at + 1]! += weight * data[from + green]!;
        sums[at + 2]! += weight * data[from + 2 * green]!;
        sums[at + 3]! += weight;
      }
    }
  }

  addBehind({ data: sums }: ColourGrid, at: number, left: number, top: number): void {
    const { data, channels, widthPx, heightPx } = this.#picture;
    const green = this.#green;
    const right = Math.min(widthPx, left + this.#cellPx);
    const bottom = Math.min(heightPx, top + this.#cellPx);
    const share = 1 / this.#cellPx ** 2;
    const shift = this.#full === 255 ? 0 : 8;
    for (let y = top; y < bottom; y++) {
      for (let x = left, i = y * widthPx + left; x < right; x++, i++) {
        const weight = share * this.#purity[this.#alpha.data[i]! >> shift]!;
        const from = i * channels;
        sums[at]! += weight * data[from]!;
        sums[at + 1]! += weight * data[from + green]!;
        sums[at + 2]! += weight * data[from + 2 * green]!;
        sums[at + 3]! += weight;
      }
    }
  }

  /** @param behind estimated already */
  addSubject({ data: sums }: ColourGrid, behind: ColourGrid, at: number, left: number, top: number): void {
    const { data, channels, widthPx, heightPx } = this.#picture;
    const green = this.#green;
    const full = this.#full;
    const right = Math.min(widthPx, left + this.#cellPx);
    const bottom = Math.min(heightPx, top + this.#cellPx);
    const share = 1 / this.#cellPx ** 2;
    const b0 = behind.data[at]!;
    const b1 = behind.data[at + 1]!;
    const b2 = behind.data[at + 2]!;
    for (let y = top; y < bottom; y++) {
      for (let x = left, i = y * widthPx + left; x < right; x++, i++) {
        const value = this.#alpha.data[i]!;
        if (value === 0) continue;
        const a = value / full;
        const from = i * channels;
        const weight = share * a * a;
        // weight · (I − (1 − α)·B̂) / α, the quotient cut to what samples can be
        const most = weight * full;
        const own = share * a;
        const hidden = own * (1 - a);
        sums[at]! += clamp(own * data[from]! - hidden * b0, most);
        sums[at + 1]! += clamp(own * data[from + green]! - hidden * b1, most);
        sums[at + 2]! += clamp(own * data[from + 2 * green]! - hidden * b2, most);
        sums[at + 3]! += weight;
      }
    }
  }
}

function clamp(value: number, most: number): number {
  return value < 0 ? 0 : value > most ? most : value;
}
