import type { Tensor } from "../graph/index.js";
import { bce } from "../losses/index.js";
import { cat, conv, maxPool2, Module, sigmoid, upTo, type Layer } from "../nn/index.js";
import { defineModel, IMAGENET, type Heads } from "./definition.js";
import { rsu } from "./rsu.js";

/** Channels of the eleven stages: [input, within, output]. */
interface Widths {
  readonly encoder: readonly (readonly [number, number, number])[];
  readonly decoder: readonly (readonly [number, number, number])[];
}

const FULL: Widths = {
  encoder: [
    [3, 32, 64],
    [64, 32, 128],
    [128, 64, 256],
    [256, 128, 512],
    [512, 256, 512],
    [512, 256, 512],
  ],
  decoder: [
    [1024, 256, 512],
    [1024, 128, 256],
    [512, 64, 128],
    [256, 32, 64],
    [128, 16, 64],
  ],
};

const SMALL: Widths = {
  encoder: [
    [3, 16, 64],
    [64, 16, 64],
    [64, 16, 64],
    [64, 16, 64],
    [64, 16, 64],
    [64, 16, 64],
  ],
  decoder: [
    [128, 16, 64],
    [128, 16, 64],
    [128, 16, 64],
    [128, 16, 64],
    [128, 16, 64],
  ],
};

/**
 * U²-Net, Qin 2020, Fig. 5 and Table 1 (arXiv:2005.09007): a U of U-blocks with six side outputs and their fusion.
 * [N,3,H,W] → seven mattes [N,1,H,W]; d0 is the fused one.
 */
export class U2Net extends Module<[Tensor], Heads> {
  readonly stage1: Layer;
  readonly stage2: Layer;
  readonly stage3: Layer;
  readonly stage4: Layer;
  readonly stage5: Layer;
  readonly stage6: Layer;
  readonly stage5d: Layer;
  readonly stage4d: Layer;
  readonly stage3d: Layer;
  readonly stage2d: Layer;
  readonly stage1d: Layer;
  readonly side1: Layer;
  readonly side2: Layer;
  readonly side3: Layer;
  readonly side4: Layer;
  readonly side5: Layer;
  readonly side6: Layer;
  readonly outconv: Layer = conv(6, 1, { kernel: 1 });

  constructor({ encoder, decoder }: Widths = FULL) {
    super();
    const [e1, e2, e3, e4, e5, e6] = encoder as [W, W, W, W, W, W];
    const [d5, d4, d3, d2, d1] = decoder as [W, W, W, W, W];
    this.stage1 = rsu(7, ...e1);
    this.stage2 = rsu(6, ...e2);
    this.stage3 = rsu(5, ...e3);
    this.stage4 = rsu(4, ...e4);
    this.stage5 = rsu("4F", ...e5);
    this.stage6 = rsu("4F", ...e6);
    this.stage5d = rsu("4F", ...d5);
    this.stage4d = rsu(4, ...d4);
    this.stage3d = rsu(5, ...d3);
    this.stage2d = rsu(6, ...d2);
    this.stage1d = rsu(7, ...d1);
    this.side1 = conv(d1[2], 1);
    this.side2 = conv(d2[2], 1);
    this.side3 = conv(d3[2], 1);
    this.side4 = conv(d4[2], 1);
    this.side5 = conv(d5[2], 1);
    this.side6 = conv(e6[2], 1);
  }

  forward(x: Tensor): Heads {
    // [N,   3, H,    W   ]
    const x1 = this.stage1(x); // [N,  64, H,    W   ]
    const x2 = this.stage2(down(x1)); // [N, 128, H/2,  W/2 ]
    const x3 = this.stage3(down(x2)); // [N, 256, H/4,  W/4 ]
    const x4 = this.stage4(down(x3)); // [N, 512, H/8,  W/8 ]
    const x5 = this.stage5(down(x4)); // [N, 512, H/16, W/16]
    const x6 = this.stage6(down(x5)); // [N, 512, H/32, W/32]
    const y5 = this.stage5d(cat(upTo(x6, x5), x5)); // [N, 512, H/16, W/16]
    const y4 = this.stage4d(cat(upTo(y5, x4), x4)); // [N, 256, H/8,  W/8 ]
    const y3 = this.stage3d(cat(upTo(y4, x3), x3)); // [N, 128, H/4,  W/4 ]
    const y2 = this.stage2d(cat(upTo(y3, x2), x2)); // [N,  64, H/2,  W/2 ]
    const y1 = this.stage1d(cat(upTo(y2, x1), x1)); // [N,  64, H,    W   ]
    const d1 = this.side1(y1); // [N,   1, H,    W   ], as all that follow
    const d2 = upTo(this.side2(y2), d1);
    const d3 = upTo(this.side3(y3), d1);
    const d4 = upTo(this.side4(y4), d1);
    const d5 = upTo(this.side5(y5), d1);
    const d6 = upTo(this.side6(x6), d1);
    const d0 = this.outconv(cat(d1, d2, d3, d4, d5, d6));
    const heads = { d0, d1, d2, d3, d4, d5, d6 };
    return Object.fromEntries(Object.entries(heads).map(([name, logits]) => [name, sigmoid(logits)]));
  }
}
type W = readonly [number, number, number];

const down = (x: Tensor): Tensor => maxPool2(x, { ceil: true });

/** Deep supervision, eq. 1: the sum of the seven heads' binary cross-entropies, all weights 1. */
const loss = (heads: Heads, { target }: { readonly target: Tensor }): Tensor =>
  Object.values(heads)
    .map((head) => bce(head, target))
    .reduce((sum, term) => sum.add(term));

const HEADS = ["d0", "d1", "d2", "d3", "d4", "d5", "d6"] as const;

const common = {
  paper:
    "Qin et al. 2020, U²-Net: Going Deeper with Nested U-Structure for Salient Object Detection, arXiv:2005.09007",
  task: "salient-object",
  heads: { final: "d0", all: HEADS, supervised: HEADS, kind: "matte" },
  paperSize: { widthPx: 320, heightPx: 320 },
  sizeMultiple: 1,
  input: { ...IMAGENET, minMax: true },
  loss,
  recipe: {
    size: 288,
    batch: 12,
    optimiser: { kind: "adam", lr: 1e-3 },
  },
} as const;

export const u2net = defineModel({ name: "u2net", ...common, create: () => new U2Net(FULL) });
export const u2netp = defineModel({ name: "u2netp", ...common, create: () => new U2Net(SMALL) });
