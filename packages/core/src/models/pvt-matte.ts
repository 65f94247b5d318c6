import type { Tensor } from "../graph/index.js";
import { bceWithLogits, l1, laplacian } from "../losses/index.js";
import { batchNorm, cat, conv, Module, relu, sequential, up2, upTo, type Layer } from "../nn/index.js";
import { defineModel, IMAGENET, type Heads, type LossInputs } from "./definition.js";
import { PVT_V2_B0_CHANNELS, PvtV2B0 } from "./pvt-v2.js";

const WIDTH = 64;

const block = (inputs: number, outputs: number, { kernel = 3, stride = 1 } = {}): Layer =>
  sequential(conv(inputs, outputs, { kernel, stride, bias: false }), batchNorm(outputs), relu);

/** All-MLP decoder of SegFormer (Xie 2021, Fig. 2): each map to one width, to a quarter of the size, and fused. */
class AllMlpDecoder extends Module<[readonly Tensor[]]> {
  readonly linear: readonly Layer[] = PVT_V2_B0_CHANNELS.map((channels) =>
    conv(channels, WIDTH, { kernel: 1 }),
  );
  readonly fuse: Layer = block(4 * WIDTH, WIDTH, { kernel: 1 });

  forward(maps: readonly Tensor[]): Tensor {
    const finest = maps[0]!;
    const [first, ...rest] = maps.map((map, i) => upTo(this.linear[i]!(map), finest)) as [
      Tensor,
      ...Tensor[],
    ];
    return this.fuse(cat(first, ...rest));
  }
}

/** Detail capture after ViTMatte (Yao 2023, arXiv:2305.15272, §3.3): the picture itself, at half and full size. */
class DetailCapture extends Module<[Tensor, Tensor]> {
  readonly stem: Layer = block(3, 16, { stride: 2 });
  readonly fuse2x: Layer = block(WIDTH + 16, 32);
  readonly fuse1x: Layer = block(32 + 3, 16);
  readonly head: Layer = conv(16, 1);

  forward(image: Tensor, context: Tensor): Tensor {
    const half = this.fuse2x(cat(up2(context), this.stem(image))); // [N, 32, H/2, W/2]
    return this.head(this.fuse1x(cat(up2(half), image))); // [N, 1, H, W]
  }
}

/**
 * A matting network for real time on a hierarchical vision transformer: PVT v2-B0 under SegFormer's all-MLP decoder
 * says where the subject is, ViTMatte's detail capture where its edge runs. The combination is Mattelier's own; why
 * these parts: docs/decisions, "A light transformer for mattes".
 * [N,3,H,W], sides multiples of 32 → logits semantic [N,1,H/4,W/4] and matte [N,1,H,W]
 */
export class PvtMatte extends Module<[Tensor], Heads> {
  readonly backbone = new PvtV2B0();
  readonly decoder = new AllMlpDecoder();
  readonly semantic: Layer = conv(WIDTH, 1, { kernel: 1 });
  readonly detail = new DetailCapture();

  forward(x: Tensor): Heads {
    // [N,  3, H,   W  ]
    const maps = this.backbone(x);
    const context = this.decoder(maps); // [N, 64, H/4, W/4]
    return { semantic: this.semantic(context), matte: this.detail(x, context) };
  }
}

/**
 * Matte: binary cross-entropy, L1 and the Laplacian pyramid's L1 (as ViTMatte weighs them, without a trimap); and the
 * coarse map's cross-entropy to the matte seen at its size.
 */
function loss({ semantic, matte }: Heads, { target }: LossInputs): Tensor {
  const alpha = matte!.sigmoid();
  return bceWithLogits(matte!, target)
    .add(l1(alpha, target))
    .add(laplacian(alpha, target))
    .add(bceWithLogits(semantic!, upTo(target, semantic!)));
}

export const pvtMatte = defineModel({
  name: "pvt-matte",
  paper:
    "after Wang et al. 2022, PVT v2, arXiv:2106.13797, Xie et al. 2021, SegFormer, arXiv:2105.15203, and Yao et al. " +
    "2023, ViTMatte, arXiv:2305.15272; this combination is Mattelier's own",
  task: "background-removal",
  create: () => new PvtMatte(),
  heads: { final: "matte", all: ["semantic", "matte"], kind: "logits" },
  paperSize: { widthPx: 512, heightPx: 512 },
  sizeMultiple: 32,
  fixedSize: "its encoder lays out a fixed number of tokens",
  input: { ...IMAGENET, minMax: false },
  loss,
  recipe: {
    size: 512,
    batch: 8,
    optimiser: { kind: "adamw", lr: 6e-4, weightDecay: 0.01 },
    // The encoder starts from PVT v2-B0's released ImageNet weights, which have its keys.
    learningRates: { "backbone.": 0.1 },
  },
  backbone: "backbone.",
});
