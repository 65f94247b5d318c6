import type { Tensor } from "../graph/index.js";
import {
  attention,
  chunk,
  conv,
  dropPath,
  gelu,
  init,
  joinHeads,
  layerNorm,
  linear,
  Module,
  splitHeads,
  type Layer,
} from "../nn/index.js";

const truncated = init.truncatedNormal({ std: 0.02 });
const dense = { init: { weight: truncated, bias: init.zeros } } as const;
const EPS = 1e-6;

/** [N,C,H,W] → [N,H·W,C] */
function toTokens(x: Tensor): Tensor {
  return x.reshape([x.shape[0]!, x.size(1), x.size(2) * x.size(3)]).transpose([0, 2, 1]);
}

/** [N,H·W,C] → [N,C,H,W] */
function toMap(tokens: Tensor, [height, width]: readonly [number, number]): Tensor {
  return tokens.transpose([0, 2, 1]).reshape([tokens.shape[0]!, tokens.size(2), height, width]);
}

type Size = readonly [height: number, width: number];

/** Spatial-reduction attention (PVT v1, §3.3): keys and values from a map shrunk by a convolution of stride r. */
class Attention extends Module<[Tensor, Size]> {
  readonly q: Layer;
  readonly kv: Layer;
  readonly proj: Layer;
  readonly sr: Layer | undefined;
  readonly norm: Layer | undefined;
  readonly #heads: number;

  constructor(channels: number, heads: number, reduction: number) {
    super();
    this.q = linear(channels, channels, dense);
    this.kv = linear(channels, 2 * channels, dense);
    this.proj = linear(channels, channels, dense);
    const shrink = { kernel: reduction, stride: reduction, padding: 0 } as const;
    this.sr = reduction > 1 ? conv(channels, channels, shrink) : undefined;
    this.norm = reduction > 1 ? layerNorm(channels) : undefined;
    this.#heads = heads;
  }

  forward(x: Tensor, size: Size): Tensor {
    const few = this.sr === undefined ? x : this.norm!(toTokens(this.sr(toMap(x, size))));
    const [k, v] = chunk(this.kv(few), 2, { axis: 2 }).map((part) => splitHeads(part, this.#heads));
    const query = splitHeads(this.q(x), this.#heads);
    return this.proj(joinHeads(attention(query, { k: k!, v: v! })));
  }
}

/** A depthwise convolution among tokens, which also tells them where they are: there is no position embedding. */
class DepthwiseConv extends Module<[Tensor, Size]> {
  readonly dwconv: Layer;

  constructor(channels: number) {
    super();
    this.dwconv = conv(channels, channels, { groups: channels });
  }

  forward(x: Tensor, size: Size): Tensor {
    return toTokens(this.dwconv(toMap(x, size)));
  }
}

/** Convolutional feed-forward, §3.2. */
class Mlp extends Module<[Tensor, Size]> {
  readonly fc1: Layer;
  readonly dwconv: DepthwiseConv;
  readonly fc2: Layer;

  constructor(channels: number, hidden: number) {
    super();
    this.fc1 = linear(channels, hidden, dense);
    this.dwconv = new DepthwiseConv(hidden);
    this.fc2 = linear(hidden, channels, dense);
  }

  forward(x: Tensor, size: Size): Tensor {
    return this.fc2(gelu(this.dwconv(this.fc1(x), size)));
  }
}

interface BlockOptions {
  readonly heads: number;
  readonly reduction: number;
  readonly expansion: number;
  readonly dropPath: number;
}

/** Attention and feed-forward, each on a residual. [N,L,C] → the same */
class Block extends Module<[Tensor, Size]> {
  readonly norm1: Layer;
  readonly attn: Attention;
  readonly norm2: Layer;
  readonly mlp: Mlp;
  /** Stochastic depth; no state. */
  readonly drop_path: readonly [Layer, Layer];

  constructor(channels: number, { heads, reduction, expansion, dropPath: rate }: BlockOptions) {
    super();
    this.norm1 = layerNorm(channels, { eps: EPS });
    this.attn = new Attention(channels, heads, reduction);
    this.norm2 = layerNorm(channels, { eps: EPS });
    this.mlp = new Mlp(channels, expansion * channels);
    this.drop_path = [dropPath(rate), dropPath(rate)];
  }

  forward(x: Tensor, size: Size): Tensor {
    const y = x.add(this.drop_path[0](this.attn(this.norm1(x), size)));
    return y.add(this.drop_path[1](this.mlp(this.norm2(y), size)));
  }
}

/** Overlapping patches as tokens, §3.1. [N,I,H,W] → [N,(H/s)·(W/s),O] */
class OverlapPatchEmbed extends Module<[Tensor], { readonly tokens: Tensor; readonly size: Size }> {
  readonly proj: Layer;
  readonly norm: Layer;

  constructor(inputs: number, outputs: number, { kernel, stride }: { kernel: number; stride: number }) {
    super();
    const weight = init.kaimingNormal({ fan: "out", nonlinearity: "relu" });
    this.proj = conv(inputs, outputs, { kernel, stride, init: { weight, bias: init.zeros } });
    this.norm = layerNorm(outputs);
  }

  forward(x: Tensor) {
    const map = this.proj(x);
    return { tokens: this.norm(toTokens(map)), size: [map.size(2), map.size(3)] as const };
  }
}

/** B0 of Table 1, per stage. */
const STAGES = [
  { channels: 32, heads: 1, reduction: 8, expansion: 8 },
  { channels: 64, heads: 2, reduction: 4, expansion: 8 },
  { channels: 160, heads: 5, reduction: 2, expansion: 4 },
  { channels: 256, heads: 8, reduction: 1, expansion: 4 },
] as const;
const DEPTH = 2;

/**
 * PVT v2-B0 as an encoder, Wang 2022, §3 (arXiv:2106.13797), under the released keys.
 * [N,3,H,W], sides multiples of 32 → [N,32,H/4,W/4], [N,64,H/8,W/8], [N,160,H/16,W/16], [N,256,H/32,W/32]
 */
export class PvtV2B0 extends Module<[Tensor], readonly Tensor[]> {
  readonly patch_embed1: OverlapPatchEmbed;
  readonly block1: readonly Block[];
  readonly norm1: Layer;
  readonly patch_embed2: OverlapPatchEmbed;
  readonly block2: readonly Block[];
  readonly norm2: Layer;
  readonly patch_embed3: OverlapPatchEmbed;
  readonly block3: readonly Block[];
  readonly norm3: Layer;
  readonly patch_embed4: OverlapPatchEmbed;
  readonly block4: readonly Block[];
  readonly norm4: Layer;

  /** @param options `dropPath`: stochastic depth of the last block; it rises from 0 at the first. Default 0.1. */
  constructor({ dropPath: rate = 0.1 }: { readonly dropPath?: number } = {}) {
    super();
    const last = DEPTH * STAGES.length - 1;
    const blocks = (stage: number): readonly Block[] => {
      const { channels, ...options } = STAGES[stage]!;
      return Array.from(
        { length: DEPTH },
        (_, i) => new Block(channels, { ...options, dropPath: (rate * (DEPTH * stage + i)) / last }),
      );
    };
    const [s1, s2, s3, s4] = STAGES;
    const halve = { kernel: 3, stride: 2 } as const;
    this.patch_embed1 = new OverlapPatchEmbed(3, s1.channels, { kernel: 7, stride: 4 });
    this.block1 = blocks(0);
    this.norm1 = layerNorm(s1.channels, { eps: EPS });
    this.patch_embed2 = new OverlapPatchEmbed(s1.channels, s2.channels, halve);
    this.block2 = blocks(1);
    this.norm2 = layerNorm(s2.channels, { eps: EPS });
    this.patch_embed3 = new OverlapPatchEmbed(s2.channels, s3.channels, halve);
    this.block3 = blocks(2);
    this.norm3 = layerNorm(s3.channels, { eps: EPS });
    this.patch_embed4 = new OverlapPatchEmbed(s3.channels, s4.channels, halve);
    this.block4 = blocks(3);
    this.norm4 = layerNorm(s4.channels, { eps: EPS });
  }

  forward(x: Tensor): readonly Tensor[] {
    const stages = [
      [this.patch_embed1, this.block1, this.norm1],
      [this.patch_embed2, this.block2, this.norm2],
      [this.patch_embed3, this.block3, this.norm3],
      [this.patch_embed4, this.block4, this.norm4],
    ] as const;
    const maps: Tensor[] = [];
    for (const [embed, blocks, norm] of stages) {
      const { tokens, size } = embed(maps.at(-1) ?? x);
      const mixed = blocks.reduce((y, block) => block(y, size), tokens);
      maps.push(toMap(norm(mixed), size));
    }
    return maps;
  }
}

/** Channels of the four maps. */
export const PVT_V2_B0_CHANNELS = STAGES.map(({ channels }) => channels);
