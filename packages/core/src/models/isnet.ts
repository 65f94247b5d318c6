import type { Tensor } from "../graph/index.js";
import { bce, mse } from "../losses/index.js";
import { batchNorm, cat, conv, maxPool2, Module, relu, sigmoid, upTo, type Layer } from "../nn/index.js";
import { defineModel, type Heads } from "./definition.js";
import { rsu } from "./rsu.js";

/**
 * IS-Net, Qin 2022, Fig. 4(b) (arXiv:2203.03041): U²-Net's stages behind a convolution of stride 2, no fused head.
 * [N,3,H,W] → six mattes d0 … d5 [N,1,H,W], d0 the finest, and the decoder's features f0 … f5.
 */
export class ISNet extends Module<[Tensor], Heads> {
  readonly conv_in: Layer = conv(3, 64, { stride: 2 });
  readonly stage1: Layer = rsu(7, 64, 32, 64);
  readonly stage2: Layer = rsu(6, 64, 32, 128);
  readonly stage3: Layer = rsu(5, 128, 64, 256);
  readonly stage4: Layer = rsu(4, 256, 128, 512);
  readonly stage5: Layer = rsu("4F", 512, 256, 512);
  readonly stage6: Layer = rsu("4F", 512, 256, 512);
  readonly stage5d: Layer = rsu("4F", 1024, 256, 512);
  readonly stage4d: Layer = rsu(4, 1024, 128, 256);
  readonly stage3d: Layer = rsu(5, 512, 64, 128);
  readonly stage2d: Layer = rsu(6, 256, 32, 64);
  readonly stage1d: Layer = rsu(7, 128, 16, 64);
  readonly #sides = sideOutputs(this);

  forward(x: Tensor): Heads {
    // [N,   3, H,    W   ]
    const x1 = this.stage1(this.conv_in(x)); // [N,  64, H/2,  W/2 ]
    const x2 = this.stage2(down(x1)); // [N, 128, H/4,  W/4 ]
    const x3 = this.stage3(down(x2)); // [N, 256, H/8,  W/8 ]
    const x4 = this.stage4(down(x3)); // [N, 512, H/16, W/16]
    const x5 = this.stage5(down(x4)); // [N, 512, H/32, W/32]
    const f5 = this.stage6(down(x5)); // [N, 512, H/64, W/64]
    const f4 = this.stage5d(cat(upTo(f5, x5), x5)); // [N, 512, H/32, W/32]
    const f3 = this.stage4d(cat(upTo(f4, x4), x4)); // [N, 256, H/16, W/16]
    const f2 = this.stage3d(cat(upTo(f3, x3), x3)); // [N, 128, H/8,  W/8 ]
    const f1 = this.stage2d(cat(upTo(f2, x2), x2)); // [N,  64, H/4,  W/4 ]
    const f0 = this.stage1d(cat(upTo(f1, x1), x1)); // [N,  64, H/2,  W/2 ]
    const features = { f0, f1, f2, f3, f4, f5 };
    return { ...mattes(this.#sides, features, x), ...features };
  }
}

/** Convolution, batch normalisation, ReLU under the released code's other names. */
class InputConv extends Module {
  readonly conv: Layer;
  readonly bn: Layer;

  constructor(inputs: number, outputs: number) {
    super();
    this.conv = conv(inputs, outputs, { stride: 2 });
    this.bn = batchNorm(outputs);
  }

  forward(x: Tensor): Tensor {
    return relu(this.bn(this.conv(x)));
  }
}

/**
 * The ground-truth encoder of IS-Net's first training stage, Fig. 4(a): masks in, masks out; its features are what
 * the network's are to follow. [N,1,H,W] → six mattes d0 … d5 and features f0 … f5.
 */
export class ISNetGTEncoder extends Module<[Tensor], Heads> {
  readonly conv_in: Layer = new InputConv(1, 16);
  readonly stage1: Layer = rsu(7, 16, 16, 64);
  readonly stage2: Layer = rsu(6, 64, 16, 64);
  readonly stage3: Layer = rsu(5, 64, 32, 128);
  readonly stage4: Layer = rsu(4, 128, 32, 256);
  readonly stage5: Layer = rsu("4F", 256, 64, 512);
  readonly stage6: Layer = rsu("4F", 512, 64, 512);
  readonly #sides = sideOutputs(this);

  forward(x: Tensor): Heads {
    // [N,   1, H,    W   ]
    const f0 = this.stage1(this.conv_in(x)); // [N,  64, H/2,  W/2 ]
    const f1 = this.stage2(down(f0)); // [N,  64, H/4,  W/4 ]
    const f2 = this.stage3(down(f1)); // [N, 128, H/8,  W/8 ]
    const f3 = this.stage4(down(f2)); // [N, 256, H/16, W/16]
    const f4 = this.stage5(down(f3)); // [N, 512, H/32, W/32]
    const f5 = this.stage6(down(f4)); // [N, 512, H/64, W/64]
    const features = { f0, f1, f2, f3, f4, f5 };
    return { ...mattes(this.#sides, features, x), ...features };
  }
}

const down = (x: Tensor): Tensor => maxPool2(x, { ceil: true });

/** Channels of f0 … f5, the same in both networks: the encoder's are what the network's are drawn to. */
const FEATURES = [64, 64, 128, 256, 512, 512] as const;

/** A convolution to one channel for each feature map, under the keys side1 … side6. */
function sideOutputs(network: ISNet | ISNetGTEncoder): readonly Layer[] {
  const sides = FEATURES.map((channels) => conv(channels, 1));
  Object.assign(network, Object.fromEntries(sides.map((side, i) => [`side${i + 1}`, side])));
  return sides;
}

/** Side outputs at the input's size, as mattes d0 … d5. */
function mattes(sides: readonly Layer[], features: Heads, like: Tensor): Heads {
  const maps = sides.map((side, i) => side(features[`f${i}`]!));
  return Object.fromEntries(maps.map((map, i) => [`d${i}`, sigmoid(upTo(map, like))]));
}

const HEADS = ["d0", "d1", "d2", "d3", "d4", "d5"] as const;

/** The sum of the six heads' binary cross-entropies, all weights 1 (§4.1, eq. 1). */
const headLoss = (heads: Heads, { target }: { readonly target: Tensor }): Tensor =>
  HEADS.map((name) => bce(heads[name]!, target)).reduce((sum, term) => sum.add(term));

/**
 * Feature synchronisation, eq. 4: mean squared differences of the network's features and the frozen ground-truth
 * encoder's, summed over the six maps. The released script leaves it off; our recipe has it as its second stage.
 */
export function featureLoss(network: Heads, encoder: Heads): Tensor {
  return [0, 1, 2, 3, 4, 5]
    .map((i) => mse(network[`f${i}`]!, encoder[`f${i}`]!))
    .reduce((sum, term) => sum.add(term));
}

const common = {
  paper: "Qin et al. 2022, Highly Accurate Dichotomous Image Segmentation, arXiv:2203.03041",
  heads: { final: "d0", all: HEADS, supervised: HEADS, kind: "matte" },
  paperSize: { widthPx: 1024, heightPx: 1024 },
  sizeMultiple: 1,
  loss: headLoss,
  recipe: {
    size: 1024,
    batch: 8,
    optimiser: { kind: "adam", lr: 1e-3 },
  },
} as const;

export const isnet = defineModel({
  name: "isnet",
  task: "background-removal",
  ...common,
  input: { scale: 255, mean: [0.5, 0.5, 0.5], std: [1, 1, 1], minMax: true },
  create: () => new ISNet(),
  guide: { network: "isnet-gt", loss: featureLoss },
});

export const isnetGt = defineModel({
  name: "isnet-gt",
  task: "encoder",
  ...common,
  channels: 1,
  input: { scale: 255, mean: [0, 0, 0], std: [1, 1, 1], minMax: false },
  create: () => new ISNetGTEncoder(),
});
