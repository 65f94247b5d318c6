import type { Tensor } from "../graph/index.js";
import { bceWithLogits, l1 } from "../losses/index.js";
import {
  avgPool,
  cat,
  isTraining,
  Module,
  resize,
  resizeAntialiased,
  upTo,
  type Layer,
} from "../nn/index.js";
import { defineModel, IMAGENET, type Heads, type LossInputs } from "./definition.js";
import { reconstruct, reduce } from "./image-pyramid.js";
import { PAADecoder, PAAEncoder, SICA } from "./inspyrenet-parts.js";
import { blendPyramids } from "./pyramid-blending.js";
import { RES2NET50_CHANNELS, Res2Net50 } from "./res2net.js";
import { SWIN_B_CHANNELS, SwinB } from "./swin.js";

/** An encoder that gives five maps, the first two at a quarter of the size. */
export type Backbone = Module<[Tensor], readonly Tensor[]>;

export interface InSPyReNetOptions {
  /** Channels of the decoder. Default 64. */
  readonly depth?: number;
  /** Side of the square pictures that it was trained on; context is taken at this size. Default 384. */
  readonly baseSize?: number;
  /**
   * In evaluation, a picture with both sides longer than this is seen twice, small and whole, and the two pyramids
   * are blended; `false` never does. Default 512.
   */
  readonly blendAbove?: number | false;
}

/**
 * InSPyReNet, Kim 2022, Fig. 3 (arXiv:2209.09475): the coarsest saliency map, and the details (Laplacians) that make
 * each finer one. [N,3,H,W], sides multiples of 32 → logits d3 [N,1,H/8,W/8], d2, d1, d0 [N,1,H,W], and p2, p1, p0
 * shaped like d2, d1, d0.
 */
export class InSPyReNet extends Module<[Tensor], Heads> {
  readonly backbone: Backbone;
  readonly context1: Layer;
  readonly context2: Layer;
  readonly context3: Layer;
  readonly context4: Layer;
  readonly context5: Layer;
  readonly decoder: PAADecoder;
  readonly attention0: SICA;
  readonly attention1: SICA;
  readonly attention2: SICA;
  readonly #baseSize: number;
  readonly #blendAbove: number;

  constructor(backbone: Backbone, channels: readonly number[], options: InSPyReNetOptions = {}) {
    super();
    const { depth = 64, baseSize = 384, blendAbove = 512 } = options;
    const [c1, c2, c3, c4, c5] = channels as [number, number, number, number, number];
    this.backbone = backbone;
    this.context1 = new PAAEncoder(c1, depth);
    this.context2 = new PAAEncoder(c2, depth);
    this.context3 = new PAAEncoder(c3, depth);
    this.context4 = new PAAEncoder(c4, depth);
    this.context5 = new PAAEncoder(c5, depth);
    this.decoder = new PAADecoder(depth);
    this.attention0 = new SICA(depth, { depth, side: baseSize, details: true });
    this.attention1 = new SICA(2 * depth, { depth, side: baseSize / 2, details: true });
    this.attention2 = new SICA(2 * depth, { depth, side: baseSize / 4, details: false });
    this.#baseSize = baseSize;
    this.#blendAbove = blendAbove === false ? Infinity : blendAbove;
  }

  forward(x: Tensor): Heads {
    const isSmall = Math.min(x.size(2), x.size(3)) <= this.#blendAbove;
    if (isSmall || isTraining(x)) return this.#pyramid(x);
    const small = resizeAntialiased(x, this.#baseSize);
    return blendPyramids(this.#pyramid(small), this.#pyramid(x));
  }

  #pyramid(x: Tensor): Heads {
    // [N,  3, H,    W   ]
    const [height, width] = [x.size(2), x.size(3)];
    const [b1, b2, b3, b4, b5] = this.backbone(x) as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const x1 = this.context1(b1); // [N, 64, H/4,  W/4 ]
    const x2 = this.context2(b2); // [N, 64, H/4,  W/4 ]
    const x3 = this.context3(b3); // [N, 64, H/8,  W/8 ]
    const x4 = this.context4(b4); // [N, 64, H/16, W/16]
    const x5 = this.context5(b5); // [N, 64, H/32, W/32]
    const half = [height / 2, width / 2] as const;

    const { features: f3, logits: d3 } = this.decoder(x3, x4, x5); // d3 [N, 1, H/8, W/8]
    const in2 = cat(x2, upTo(f3, x2));
    const { features: f2, logits: p2 } = this.attention2(in2, d3.stopGradient(), undefined);
    const d2 = reconstruct(d3.stopGradient(), p2); // [N, 1, H/4, W/4]

    const in1 = cat(resize(x1, half), resize(f2, half));
    const { features: f1, logits: p1 } = this.attention1(in1, d2.stopGradient(), p2.stopGradient());
    const d1 = reconstruct(d2.stopGradient(), p1); // [N, 1, H/2, W/2]

    const in0 = resize(f1, [height, width]);
    const { logits: p0 } = this.attention0(in0, d1.stopGradient(), p1.stopGradient());
    const d0 = reconstruct(d1.stopGradient(), p0); // [N, 1, H, W]
    return { d3, d2, d1, d0, p2, p1, p0 };
  }
}

/**
 * §3.3: at each scale of the picture's pyramid, all brought to full size by repetition, binary cross-entropy that
 * counts pixels near borders up to six times, and a soft IoU per pixel; and weakly, that each map be the reduced next
 * finer one, which is held still.
 */
function loss({ d3, d2, d1, d0 }: Heads, { target }: LossInputs): Tensor {
  const maps = [d3!, d2!, d1!, d0!];
  const t1 = reduce(target);
  const t2 = reduce(t1);
  const targets = [reduce(t2), t2, t1, target];
  const whole = (x: Tensor): Tensor => upTo(x, target, { mode: "nearest" });
  const saliency = maps.map((map, i) => saliencyLoss(whole(map), whole(targets[i]!)));
  const consistency = maps
    .slice(0, 3)
    .map((map, i) => l1(whole(map), whole(reduce(maps[i + 1]!)).stopGradient()).mul(1e-4));
  return [...consistency, ...saliency].reduce((sum, term) => sum.add(term));
}

/** Weighted BCE and pixelwise IoU, after F³Net (Wei 2020, arXiv:1911.11445). */
function saliencyLoss(logits: Tensor, target: Tensor): Tensor {
  const around = avgPool(target, { kernel: 31, stride: 1, padding: 15 });
  const weight = around.sub(target).abs().mul(5).add(1);
  const p = logits.sigmoid();
  const both = p.mul(target);
  const overlap = both.add(1).div(p.add(target).sub(both).add(1));
  return bceWithLogits(logits, target, { weight }).add(overlap.subFrom(1).mean());
}

const common = {
  paper:
    "Kim et al. 2022, Revisiting Image Pyramid Structure for High Resolution Salient Object Detection, " +
    "arXiv:2209.09475",
  task: "salient-object",
  heads: { final: "d0", all: ["d3", "d2", "d1", "d0", "p2", "p1", "p0"], kind: "logits" },
  paperSize: { widthPx: 384, heightPx: 384 },
  sizeMultiple: 32,
  fixedSize: "the size says whether it sees a picture once or twice",
  input: { ...IMAGENET, minMax: true },
  loss,
  recipe: {
    size: 384,
    batch: 6,
    optimiser: { kind: "adam", lr: 1e-4 },
    // The backbone starts from ImageNet weights.
    learningRates: { "backbone.": 0.1 },
  },
  backbone: "backbone.",
} as const;

export const inspyrenetRes2Net50 = defineModel({
  name: "inspyrenet-res2net50",
  ...common,
  create: () => new InSPyReNet(new Res2Net50(), RES2NET50_CHANNELS),
});

export const inspyrenetSwinB = defineModel({
  name: "inspyrenet-swinb",
  ...common,
  create: () => new InSPyReNet(new SwinB(), SWIN_B_CHANNELS),
});
