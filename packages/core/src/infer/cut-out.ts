import { maxSample, picture, type Picture, type Samples } from "../image/index.js";
import { Block, BLOCK_PX, type BlockMap } from "./blocks.js";
import { fuseColumns, fuseRow, type FuseColumns } from "./fuse.js";
import type { Layers } from "./layer-colours.js";
import type { Plane, Rectangle } from "./plane.js";

/** Rows between two yields. */
const ROWS = 32;

/**
 * Weave a picture's colours and an alpha into a cut-out of the box.
 *
 * Along the edge a pixel's colour is a mixture of both layers; with `layers` the subject's share of it is taken
 * ({@link fuseRow}). Where alpha is 0 the pixel is black: a hidden background would leak and bloat the file.
 *
 * @param alpha of the picture's size and depth
 * @param blocks of this alpha
 * @returns grey and alpha, or RGB and alpha, of the box's size. A generator: it yields after every few rows.
 */
export function* cutOut(
  source: Picture,
  alpha: Plane<Samples>,
  blocks: BlockMap,
  box: Rectangle,
  layers: Layers | undefined,
): Generator<void, Picture> {
  const colours = source.channels > 2 ? 3 : 1;
  const count = box.width * box.height * (colours + 1);
  const out = source.data instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  const weave = new RowWeaver(source, alpha, out, box, layers);
  for (let y = box.y; y < box.y + box.height; y++) {
    const states = Math.floor(y / BLOCK_PX) * blocks.width;
    let x = box.x;
    while (x < box.x + box.width) {
      const block = Math.floor(x / BLOCK_PX);
      const end = Math.min(box.x + box.width, (block + 1) * BLOCK_PX);
      const state = blocks.states[states + block]!;
      if (state === Block.Opaque) weave.opaque(x, end, y);
      else if (state === Block.Mixed) weave.mixed(x, end, y);
      x = end;
    }
    if ((y - box.y) % ROWS === ROWS - 1) yield;
  }
  return picture(box.width, box.height, colours === 1 ? 2 : 4, out);
}

/** Writes stretches of at most a block. */
class RowWeaver {
  readonly #source: Picture;
  readonly #alpha: Plane<Samples>;
  readonly #out: Samples;
  readonly #box: Rectangle;
  readonly #layers: Layers | undefined;
  readonly #columns: FuseColumns | undefined;
  readonly #colours: 1 | 3;
  readonly #full: number;
  readonly #line: Samples;

  constructor(
    source: Picture,
    alpha: Plane<Samples>,
    out: Samples,
    box: Rectangle,
    layers: Layers | undefined,
  ) {
    this.#source = source;
    this.#alpha = alpha;
    this.#out = out;
    this.#box = box;
    this.#layers = layers;
    this.#columns = layers && fuseColumns(layers, source.widthPx);
    this.#colours = source.channels > 2 ? 3 : 1;
    this.#full = maxSample(source);
    const size = BLOCK_PX * this.#colours;
    this.#line = out instanceof Uint16Array ? new Uint16Array(size) : new Uint8Array(size);
  }

  opaque(x: number, end: number, y: number): void {
    const { data, channels, widthPx } = this.#source;
    const out = this.#out;
    const full = this.#full;
    let o = this.#to(x, y);
    let from = (y * widthPx + x) * channels;
    if (this.#colours === 3) {
      for (let i = x; i < end; i++, from += channels, o += 4) {
        out[o] = data[from]!;
        out[o + 1] = data[from + 1]!;
        out[o + 2] = data[from + 2]!;
        out[o + 3] = full;
      }
    } else {
      for (let i = x; i < end; i++, from += channels, o += 2) {
        out[o] = data[from]!;
        out[o + 1] = full;
      }
    }
  }

  mixed(x: number, end: number, y: number): void {
    const { data, channels, widthPx } = this.#source;
    const colours = this.#colours;
    const out = this.#out;
    const line = this.#line;
    const start = y * widthPx + x;
    for (let from = start * channels, i = 0; i < (end - x) * colours; from += channels - colours) {
      for (let c = 0; c < colours; c++) line[i++] = data[from++]!;
    }
    const alpha = this.#alpha.data.subarray(start, start + end - x);
    if (this.#layers !== undefined) fuseRow(line, colours, alpha, x, y, this.#layers, this.#columns!);
    let o = this.#to(x, y);
    for (let k = 0, i = 0; k < alpha.length; k++) {
      const a = alpha[k]!;
      for (let c = 0; c < colours; c++, i++, o++) if (a !== 0) out[o] = line[i]!;
      out[o++] = a;
    }
  }

  #to(x: number, y: number): number {
    return ((y - this.#box.y) * this.#box.width + x - this.#box.x) * (this.#colours + 1);
  }
}
