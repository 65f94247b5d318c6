import type { Tensor } from "../graph/index.js";
import {
  attention,
  chunk,
  conv,
  dropPath,
  gather,
  gelu,
  init,
  joinHeads,
  layerNorm,
  linear,
  Module,
  Parameter,
  roll,
  StateBuffer,
  windowPartition,
  windowReverse,
  type Layer,
} from "../nn/index.js";
import { tensorFrom } from "../util/index.js";

const truncated = init.truncatedNormal({ std: 0.02 });
const dense = { init: { weight: truncated, bias: init.zeros } } as const;

/** Attention within windows, with a learned bias per relative position, §3.2 and eq. 4. [M,L,C] → the same */
class WindowAttention extends Module<[Tensor, Tensor | undefined]> {
  readonly relative_position_bias_table: Parameter; // [(2w-1)², heads]
  readonly relative_position_index: StateBuffer; // [L, L]
  readonly qkv: Layer;
  readonly proj: Layer;
  readonly #heads: number;

  constructor(channels: number, window: number, heads: number) {
    super();
    this.relative_position_bias_table = new Parameter([(2 * window - 1) ** 2, heads], truncated);
    this.relative_position_index = new StateBuffer("fixed", relativePositions(window));
    this.qkv = linear(channels, 3 * channels, dense);
    this.proj = linear(channels, channels, dense);
    this.#heads = heads;
  }

  /** @param mask of shifted windows, [windows, 1, L, L] */
  forward(x: Tensor, mask: Tensor | undefined): Tensor {
    const [length, channels] = [x.size(1), x.size(2)];
    const windows = mask === undefined ? 1 : mask.size(0);
    const heads = (part: Tensor): Tensor =>
      part.reshape([-1, windows, length, this.#heads, channels / this.#heads]).transpose([0, 1, 3, 2, 4]); // [pictures, windows, heads, L, d]
    const [q, k, v] = chunk(this.qkv(x), 3, { axis: 2 }).map(heads) as [Tensor, Tensor, Tensor];
    const table = this.relative_position_bias_table.in(x.b);
    const position = gather(table, this.relative_position_index.in(x.b)).transpose([2, 0, 1]); // [heads, L, L]
    const bias = mask === undefined ? position : mask.add(position);
    const y = attention(q, { k, v, bias }).reshape([-1, this.#heads, length, channels / this.#heads]);
    return this.proj(joinHeads(y));
  }
}

/** Where each pair of places of a window finds its bias: row and column differences as one number. */
function relativePositions(window: number) {
  const places = window * window;
  const index = Array.from({ length: places * places }, (_, i) => {
    const [from, to] = [Math.floor(i / places), i % places];
    const rows = Math.floor(from / window) - Math.floor(to / window) + window - 1;
    const columns = (from % window) - (to % window) + window - 1;
    return rows * (2 * window - 1) + columns;
  });
  return tensorFrom("int64", [places, places], index);
}

/** What keeps parts of a shifted window apart that were no neighbours: [windows, 1, L, L], 0 or -100. */
function shiftMask(x: Tensor, [height, width]: readonly [number, number], window: number): Tensor {
  const shift = Math.floor(window / 2);
  const region = (at: number, size: number): number => (at < size - window ? 0 : at < size - shift ? 1 : 2);
  const places = window * window;
  const data: number[] = [];
  for (let top = 0; top < height; top += window)
    for (let left = 0; left < width; left += window) {
      const regions = Array.from({ length: places }, (_, i) => {
        const [row, column] = [top + Math.floor(i / window), left + (i % window)];
        return 3 * region(row, height) + region(column, width);
      });
      for (const a of regions) for (const b of regions) data.push(a === b ? 0 : -100);
    }
  const windows = (height / window) * (width / window);
  return x.constant(tensorFrom("float32", [windows, 1, places, places], data), "shift_mask").cast(x.dtype);
}

class Mlp extends Module {
  readonly fc1: Layer;
  readonly fc2: Layer;

  constructor(channels: number) {
    super();
    this.fc1 = linear(channels, 4 * channels, dense);
    this.fc2 = linear(4 * channels, channels, dense);
  }

  forward(x: Tensor): Tensor {
    return this.fc2(gelu(this.fc1(x)));
  }
}

interface BlockOptions {
  readonly heads: number;
  readonly window: number;
  /** Whether windows are shifted by half of their side. */
  readonly shifted: boolean;
  readonly dropPath: number;
}

/** Fig. 3(b): attention within windows, then a perceptron, each on a residual. [N,H,W,C] → the same */
class SwinBlock extends Module {
  readonly norm1: Layer;
  readonly attn: WindowAttention;
  readonly norm2: Layer;
  readonly mlp: Layer;
  /** Stochastic depth; no state. */
  readonly drop_path: readonly [Layer, Layer];
  readonly #window: number;
  readonly #shift: number;

  constructor(channels: number, { heads, window, shifted, dropPath: rate }: BlockOptions) {
    super();
    this.norm1 = layerNorm(channels);
    this.attn = new WindowAttention(channels, window, heads);
    this.norm2 = layerNorm(channels);
    this.mlp = new Mlp(channels);
    this.drop_path = [dropPath(rate), dropPath(rate)];
    this.#window = window;
    this.#shift = shifted ? Math.floor(window / 2) : 0;
  }

  forward(x: Tensor): Tensor {
    const y = x.add(this.drop_path[0](this.#attend(this.norm1(x))));
    return y.add(this.drop_path[1](this.mlp(this.norm2(y))));
  }

  #attend(x: Tensor): Tensor {
    const [window, shift] = [this.#window, this.#shift];
    const [height, width, channels] = [x.size(1), x.size(2), x.size(3)];
    const whole = [Math.ceil(height / window) * window, Math.ceil(width / window) * window] as const;
    const padded = padEnd(x, [whole[0] - height, whole[1] - width]);
    const shifted = shift === 0 ? padded : roll(padded, [-shift, -shift], [1, 2]);
    const windows = windowPartition(shifted, window).reshape([-1, window * window, channels]);
    const mask = shift === 0 ? undefined : shiftMask(x, whole, window);
    const attended = this.attn(windows, mask).reshape([-1, window, window, channels]);
    const together = windowReverse(attended, whole);
    const back = shift === 0 ? together : roll(together, [shift, shift], [1, 2]);
    return crop(back, [height, width]);
  }
}

/** Zeros below and to the right. [N,H,W,C] */
function padEnd(x: Tensor, [rows, columns]: readonly [number, number]): Tensor {
  if (rows === 0 && columns === 0) return x;
  const pads = x.of(x.b.ints([0, 0, 0, 0, 0, rows, columns, 0]));
  return x.op("Pad", [pads, x.of(x.b.scalar(0, x.dtype))], { mode: "constant" });
}

function crop(x: Tensor, [height, width]: readonly [number, number]): Tensor {
  const rows = x.size(1) === height ? x : x.slice(1, 0, height);
  return rows.size(2) === width ? rows : rows.slice(2, 0, width);
}

/** Patch merging, §3.1: 2x2 neighbours as channels, halved again. [N,H,W,C] → [N,H/2,W/2,2C], H and W even */
class PatchMerging extends Module {
  readonly reduction: Layer;
  readonly norm: Layer;

  constructor(channels: number) {
    super();
    this.reduction = linear(4 * channels, 2 * channels, { bias: false, init: { weight: truncated } });
    this.norm = layerNorm(4 * channels);
  }

  forward(x: Tensor): Tensor {
    const [height, width, channels] = [x.size(1) / 2, x.size(2) / 2, x.size(3)];
    // The released order of the four: down a column first.
    const joined = x
      .reshape([-1, height, 2, width, 2, channels])
      .transpose([0, 1, 3, 4, 2, 5])
      .reshape([-1, height, width, 4 * channels]);
    return this.reduction(this.norm(joined));
  }
}

interface StageOptions {
  readonly heads: number;
  readonly window: number;
  readonly merges: boolean;
  /** Stochastic depth of each block. */
  readonly dropPaths: readonly number[];
}

class Stage extends Module<[Tensor], { readonly features: Tensor; readonly next: Tensor }> {
  readonly blocks: readonly Layer[];
  readonly downsample: Layer | undefined;

  constructor(channels: number, { dropPaths, merges, ...options }: StageOptions) {
    super();
    this.blocks = dropPaths.map(
      (rate, i) => new SwinBlock(channels, { ...options, shifted: i % 2 === 1, dropPath: rate }),
    );
    this.downsample = merges ? new PatchMerging(channels) : undefined;
  }

  forward(x: Tensor) {
    const features = this.blocks.reduce((y, block) => block(y), x);
    return { features, next: this.downsample?.(features) ?? features };
  }
}

/** Patches of 4x4 pixels as vectors. [N,3,H,W] → [N,H/4,W/4,C] */
class PatchEmbed extends Module {
  readonly proj: Layer;
  readonly norm: Layer;

  constructor(channels: number) {
    super();
    this.proj = conv(3, channels, { kernel: 4, stride: 4, padding: 0 });
    this.norm = layerNorm(channels);
  }

  forward(x: Tensor): Tensor {
    return this.norm(this.proj(x).transpose([0, 2, 3, 1]));
  }
}

const DEPTHS = [2, 2, 18, 2] as const;
const HEADS = [4, 8, 16, 32] as const;
const BLOCKS = DEPTHS.reduce((sum, depth) => sum + depth, 0);

export interface SwinOptions {
  /** Side of a window in places. Default 12. */
  readonly window?: number;
  /** Stochastic depth of the last block; it rises from 0 at the first. Default 0.2. */
  readonly dropPath?: number;
}

/**
 * Swin-B as an encoder, Liu 2021, Fig. 3 (arXiv:2103.14030), pre-trained at 384² with windows of 12.
 * [N,3,H,W], sides multiples of 32 → five maps, the first two at a quarter of the size.
 */
export class SwinB extends Module<[Tensor], readonly Tensor[]> {
  readonly patch_embed: Layer = new PatchEmbed(128);
  readonly layers: readonly Stage[];
  readonly norm0: Layer = layerNorm(128);
  readonly norm1: Layer = layerNorm(256);
  readonly norm2: Layer = layerNorm(512);
  readonly norm3: Layer = layerNorm(1024);

  constructor({ window = 12, dropPath: rate = 0.2 }: SwinOptions = {}) {
    super();
    let block = 0;
    this.layers = DEPTHS.map((depth, stage) => {
      const dropPaths = Array.from({ length: depth }, () => (rate * block++) / (BLOCKS - 1));
      return new Stage(128 * 2 ** stage, { heads: HEADS[stage]!, window, merges: stage < 3, dropPaths });
    });
  }

  forward(x: Tensor): readonly Tensor[] {
    // [N,    3, H,    W   ]
    const patches = this.patch_embed(x); // [N, H/4, W/4, 128]
    const norms = [this.norm0, this.norm1, this.norm2, this.norm3];
    const maps = [toChannels(patches)]; // [N,  128, H/4,  W/4 ]
    let y = patches;
    for (const [i, layer] of this.layers.entries()) {
      const { features, next } = layer(y);
      maps.push(toChannels(norms[i]!(features))); // [N, 128·2ⁱ, H/2ⁱ⁺², W/2ⁱ⁺²]
      y = next;
    }
    return maps;
  }
}

/** [N,H,W,C] → [N,C,H,W] */
const toChannels = (x: Tensor): Tensor => x.transpose([0, 3, 1, 2]);

/** Channels of the five maps. */
export const SWIN_B_CHANNELS = [128, 128, 256, 512, 1024] as const;
