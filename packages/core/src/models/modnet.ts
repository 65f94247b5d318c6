import type { Tensor } from "../graph/index.js";
import { l1, mse } from "../losses/index.js";
import {
  batchNorm,
  cat,
  conv,
  globalAvgPool,
  instanceNorm,
  linear,
  Module,
  relu,
  scale,
  sequential,
  sigmoid,
  split,
  up2,
  type Layer,
} from "../nn/index.js";
import { defineModel, SIGNED, type Heads, type LossInputs } from "./definition.js";
import { MOBILENET_V2_CHANNELS, MobileNetV2, type Pyramid } from "./mobilenet-v2.js";
import { blur3 } from "./modnet-blur.js";
import { socLoss } from "./modnet-soc.js";

/** Batch normalisation of the first half of the channels, instance normalisation (not learned) of the rest. */
class IBNorm extends Module {
  readonly bnorm: Layer;
  readonly inorm: Layer;
  readonly #halves: readonly [number, number];

  constructor(channels: number) {
    super();
    const first = Math.floor(channels / 2);
    this.#halves = [first, channels - first];
    this.bnorm = batchNorm(first);
    this.inorm = instanceNorm(channels - first);
  }

  forward(x: Tensor): Tensor {
    const [first, second] = split(x, this.#halves) as [Tensor, Tensor];
    return cat(this.bnorm(first), this.inorm(second));
  }
}

interface BlockOptions {
  readonly kernel?: number;
  readonly stride?: number;
  /** Normalise and rectify; a head does neither. */
  readonly norm?: boolean;
}

/** Convolution, IBNorm, ReLU. */
class ConvIBNormRelu extends Module {
  readonly layers: Layer;

  constructor(inputs: number, outputs: number, { kernel = 3, stride = 1, norm = true }: BlockOptions = {}) {
    super();
    const first = conv(inputs, outputs, { kernel, stride });
    this.layers = norm ? sequential(first, new IBNorm(outputs), relu) : sequential(first);
  }

  forward(x: Tensor): Tensor {
    return this.layers(x);
  }
}

const block = (inputs: number, outputs: number, options?: BlockOptions): Layer =>
  new ConvIBNormRelu(inputs, outputs, options);

/** Squeeze and excitation (Hu 2018, arXiv:1709.01507): channels weighed by what the whole picture says. */
class SEBlock extends Module {
  readonly fc: Layer;

  constructor(channels: number, reduction: number) {
    super();
    const hidden = Math.floor(channels / reduction);
    const plain = { bias: false } as const;
    this.fc = sequential(linear(channels, hidden, plain), relu, linear(hidden, channels, plain), sigmoid);
  }

  forward(x: Tensor): Tensor {
    const weights = this.fc(globalAvgPool(x).squeeze([2, 3]));
    return x.mul(weights.unsqueeze([2, 3]));
  }
}

const [ENC2X, ENC4X, ENC8X, ENC16X, ENC32X] = MOBILENET_V2_CHANNELS;
const HR = 32;

/** Semantic estimation, §3.2: where the subject is, at a sixteenth of the size. */
class LRBranch extends Module<[Pyramid], { readonly semantic: Tensor; readonly lr8x: Tensor }> {
  readonly se_block: Layer = new SEBlock(ENC32X, 4);
  readonly conv_lr16x: Layer = block(ENC32X, ENC16X, { kernel: 5 });
  readonly conv_lr8x: Layer = block(ENC16X, ENC8X, { kernel: 5 });
  readonly conv_lr: Layer = block(ENC8X, 1, { stride: 2, norm: false });

  forward({ enc32x }: Pyramid) {
    const lr16x = this.conv_lr16x(up2(this.se_block(enc32x))); // [N, 96, H/16, W/16]
    const lr8x = this.conv_lr8x(up2(lr16x)); // [N, 32, H/8,  W/8 ]
    return { lr8x, semantic: sigmoid(this.conv_lr(lr8x)) }; // [N,  1, H/16, W/16]
  }
}

/** Detail prediction, §3.3: the boundary, at full resolution. */
class HRBranch extends Module<[Tensor, Pyramid, Tensor], { readonly detail: Tensor; readonly hr2x: Tensor }> {
  readonly tohr_enc2x: Layer = block(ENC2X, HR, { kernel: 1 });
  readonly conv_enc2x: Layer = block(HR + 3, HR, { stride: 2 });
  readonly tohr_enc4x: Layer = block(ENC4X, HR, { kernel: 1 });
  readonly conv_enc4x: Layer = block(2 * HR, 2 * HR);
  readonly conv_hr4x: Layer = sequential(block(3 * HR + 3, 2 * HR), block(2 * HR, 2 * HR), block(2 * HR, HR));
  readonly conv_hr2x: Layer = sequential(
    block(2 * HR, 2 * HR),
    block(2 * HR, HR),
    block(HR, HR),
    block(HR, HR),
  );
  readonly conv_hr: Layer = sequential(block(HR + 3, HR), block(HR, 1, { kernel: 1, norm: false }));

  forward(image: Tensor, pyramid: Pyramid, lr8x: Tensor) {
    // image [N, 3, H, W]
    const image2x = scale(image, 1 / 2);
    const image4x = scale(image, 1 / 4);
    const enc2x = this.tohr_enc2x(pyramid.enc2x); // [N, 32, H/2, W/2]
    const enc4x = this.tohr_enc4x(pyramid.enc4x); // [N, 32, H/4, W/4]
    const in4x = this.conv_enc4x(cat(this.conv_enc2x(cat(image2x, enc2x)), enc4x)); // [N, 64, H/4, W/4]
    const hr4x = this.conv_hr4x(cat(in4x, up2(lr8x), image4x)); // [N, 32, H/4, W/4]
    const hr2x = this.conv_hr2x(cat(up2(hr4x), enc2x)); // [N, 32, H/2, W/2]
    return { hr2x, detail: sigmoid(this.conv_hr(cat(up2(hr2x), image))) }; // [N,  1, H,   W  ]
  }
}

/** Semantic-detail fusion, §3.4. */
class FusionBranch extends Module<[Tensor, Tensor, Tensor]> {
  readonly conv_lr4x: Layer = block(ENC8X, HR, { kernel: 5 });
  readonly conv_f2x: Layer = block(2 * HR, HR);
  readonly conv_f: Layer = sequential(block(HR + 3, HR / 2), block(HR / 2, 1, { kernel: 1, norm: false }));

  forward(image: Tensor, lr8x: Tensor, hr2x: Tensor): Tensor {
    const lr2x = up2(this.conv_lr4x(up2(lr8x))); // [N, 32, H/2, W/2]
    const f2x = this.conv_f2x(cat(lr2x, hr2x)); // [N, 32, H/2, W/2]
    return sigmoid(this.conv_f(cat(up2(f2x), image))); // [N,  1, H,   W  ]
  }
}

/**
 * MODNet, Ke 2022, Fig. 2 (arXiv:2011.11961), on MobileNetV2: portrait matting in one pass without a trimap.
 * [N,3,H,W], sides multiples of 32 → semantic [N,1,H/16,W/16], detail and matte [N,1,H,W].
 */
export class MODNet extends Module<[Tensor], Heads> {
  readonly backbone = new MobileNetV2();
  readonly lr_branch = new LRBranch();
  readonly hr_branch = new HRBranch();
  readonly f_branch = new FusionBranch();

  forward(image: Tensor): Heads {
    const pyramid = this.backbone(image);
    const { semantic, lr8x } = this.lr_branch(pyramid);
    const { detail, hr2x } = this.hr_branch(image, pyramid, lr8x);
    const matte = this.f_branch(image, lr8x, hr2x);
    return { semantic, detail, matte };
  }
}

/** `a` where the mask is 1, `b` where it is 0. */
const choose = (mask: Tensor, a: Tensor, b: Tensor): Tensor => b.add(mask.mul(a.sub(b)));

/**
 * Eqs. 1 to 4: 10·L_s + 10·L_d + L_α, with L_s = MSE to the blurred matte at 1/16, L_d = L1 in the unknown band, and
 * L_α = L1 + 4·L1 in the band + the same of the pictures cut out by prediction and target.
 */
function loss({ semantic, detail, matte }: Heads, { target, image, trimap }: LossInputs): Tensor {
  const known = trimap!.equal(0.5).cast(target.dtype).subFrom(1);
  const semanticLoss = mse(semantic!, blur3(scale(target, 1 / 16)));
  const detailLoss = l1(choose(known, trimap!, detail!), choose(known, trimap!, target));
  const band = choose(known, trimap!, matte!);
  const matteLoss = l1(matte!, target)
    .add(l1(band, target).mul(4))
    .add(l1(image.mul(matte!), image.mul(target)))
    .add(l1(image.mul(band), image.mul(target)).mul(4));
  return semanticLoss.mul(10).add(detailLoss.mul(10)).add(matteLoss);
}

export const modnet = defineModel({
  name: "modnet",
  paper:
    "Ke et al. 2022, MODNet: Real-Time Trimap-Free Portrait Matting via Objective Decomposition, arXiv:2011.11961",
  task: "portrait-matting",
  create: () => new MODNet(),
  heads: { final: "matte", all: ["semantic", "detail", "matte"], kind: "matte" },
  paperSize: { widthPx: 512, heightPx: 512 },
  sizeMultiple: 32,
  input: { ...SIGNED, minMax: false },
  loss,
  needsTrimap: true,
  adaptation: socLoss,
  recipe: {
    size: 512,
    batch: 16,
    optimiser: { kind: "sgd", lr: 0.01, momentum: 0.9 },
  },
  // The released code holds the backbone in two places of its state dict.
  aliases: { "lr_branch.backbone.": "backbone." },
  backbone: "backbone.model.",
});
