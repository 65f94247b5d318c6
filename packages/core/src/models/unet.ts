import * as z from "zod";
import type { Tensor } from "../graph/index.js";
import { bceWithLogits } from "../losses/index.js";
import {
  batchNorm,
  cat,
  conv,
  convTranspose,
  maxPool2,
  Module,
  relu,
  sequential,
  upTo,
  type Layer,
} from "../nn/index.js";
import { checkedBy, within } from "../util/index.js";
import { defineModel, type Heads, type ModelDefinition } from "./definition.js";

export interface UNetOptions {
  /** Channels of the first level; each level down doubles them. Default 64. */
  readonly base?: number;
  /** How often the size is halved. Default 4. */
  readonly depth?: number;
  /** Normalise after each convolution. Default false, as the paper. */
  readonly batchNorm?: boolean;
}

/**
 * U-Net, Ronneberger 2015, Fig. 1 (arXiv:1505.04597). [N,3,H,W] → logits [N,1,H,W], any size.
 *
 * differs from paper: convolutions are padded, so that the output has the input's size, and one channel comes out;
 * decoders meet their encoder's size by interpolation where pooling rounded it.
 */
export class UNet extends Module<[Tensor], Heads> {
  /** Contracting path, finest first, and the bottom. */
  readonly enc: readonly Layer[];
  /** Expansive path, finest first: up-convolutions that halve the channels, then two convolutions with the skip. */
  readonly up: readonly Layer[];
  readonly dec: readonly Layer[];
  readonly head: Layer;

  constructor({ base = 64, depth = 4, batchNorm: norm = false }: UNetOptions = {}) {
    super();
    const width = (level: number): number => base * 2 ** level;
    const levels = Array.from({ length: depth }, (_, level) => level);
    this.enc = [...levels, depth].map((l) => doubleConv(l === 0 ? 3 : width(l - 1), width(l), norm));
    this.up = levels.map((l) => convTranspose(width(l + 1), width(l), { kernel: 2, stride: 2 }));
    this.dec = levels.map((l) => doubleConv(2 * width(l), width(l), norm));
    this.head = conv(base, 1, { kernel: 1 });
  }

  forward(x: Tensor): Heads {
    const skips: Tensor[] = [];
    let y = x;
    for (const [level, encode] of this.enc.entries()) {
      y = encode(level === 0 ? y : maxPool2(y)); // [N, base·2ˡ, H/2ˡ, W/2ˡ]
      skips.push(y);
    }
    skips.pop();
    for (let level = skips.length - 1; level >= 0; level--) {
      const skip = skips[level]!;
      y = this.dec[level]!(cat(skip, upTo(this.up[level]!(y), skip))); // [N, base·2ˡ, H/2ˡ, W/2ˡ]
    }
    return { logits: this.head(y) };
  }
}

function doubleConv(inputs: number, outputs: number, norm: boolean): Layer {
  const after = (): readonly Layer[] => (norm ? [batchNorm(outputs), relu] : [relu]);
  const options = { bias: !norm } as const;
  return sequential(conv(inputs, outputs, options), ...after(), conv(outputs, outputs, options), ...after());
}

const optionsSchema: z.ZodType<UNetOptions> = z.strictObject({
  base: z.int().min(1).max(512).default(64),
  depth: z.int().min(1).max(8).default(4),
  batchNorm: z.boolean().default(false),
});

/** A U-Net of a chosen size. */
export const unetWith = (options: UNetOptions): ModelDefinition =>
  defineModel({
    name: "unet",
    paper:
      "Ronneberger et al. 2015, U-Net: Convolutional Networks for Biomedical Image Segmentation, arXiv:1505.04597",
    task: "segmentation",
    create: () => new UNet(options),
    configure: (given) =>
      unetWith(checkedBy(optionsSchema, given, { where: within("modelOptions"), code: "invalid-config" })),
    heads: { final: "logits", all: ["logits"], kind: "logits" },
    paperSize: { widthPx: 256, heightPx: 256 },
    sizeMultiple: 1,
    input: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1], minMax: false },
    loss: ({ logits }, { target }) => bceWithLogits(logits!, target),
    recipe: {
      size: 256,
      batch: 8,
      optimiser: { kind: "adam", lr: 1e-3 },
    },
  });

export const unet = unetWith({});
