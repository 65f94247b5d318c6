import type { Tensor } from "../graph/index.js";
import {
  avgPool,
  batchNorm,
  cat,
  chunk,
  conv,
  init,
  maxPool,
  Module,
  relu,
  sequential,
  type Layer,
} from "../nn/index.js";

const plain = {
  bias: false,
  init: { weight: init.kaimingNormal({ fan: "out", nonlinearity: "relu" }) },
} as const;

const SCALES = 4;

interface BlockOptions {
  readonly stride: number;
  readonly dilation: number;
  /** The first block of a stage: its scales do not feed each other, and the shortcut is projected. */
  readonly isFirst: boolean;
}

/**
 * A bottleneck of four scales, Fig. 2(b): between two 1x1 convolutions, the channels in four groups; each group but
 * the last is convolved, with what came out of the group before it. [N,I,H,W] → [N,4P,H/s,W/s]
 */
class Bottle2neck extends Module {
  readonly conv1: Layer;
  readonly bn1: Layer;
  readonly convs: readonly Layer[];
  readonly bns: readonly Layer[];
  readonly conv3: Layer;
  readonly bn3: Layer;
  readonly downsample: Layer | undefined;
  readonly #options: BlockOptions;

  constructor(inputs: number, planes: number, options: BlockOptions) {
    super();
    const { stride, dilation, isFirst } = options;
    const width = Math.floor((planes * 26) / 64);
    const outputs = 4 * planes;
    const scales = Array.from({ length: SCALES - 1 }, () => width);
    this.#options = options;
    this.conv1 = conv(inputs, SCALES * width, { ...plain, kernel: 1 });
    this.bn1 = batchNorm(SCALES * width);
    this.convs = scales.map(() => conv(width, width, { ...plain, stride, dilation }));
    this.bns = scales.map(() => batchNorm(width));
    this.conv3 = conv(SCALES * width, outputs, { ...plain, kernel: 1 });
    this.bn3 = batchNorm(outputs);
    // v1b: the shortcut shrinks by averaging, so that it reads every pixel.
    const shrink: Layer = (x) => (stride === 1 ? x : meanPool(x, stride));
    this.downsample = isFirst
      ? sequential(shrink, conv(inputs, outputs, { ...plain, kernel: 1 }), batchNorm(outputs))
      : undefined;
  }

  forward(x: Tensor): Tensor {
    const { stride, isFirst } = this.#options;
    const [first, ...parts] = chunk(relu(this.bn1(this.conv1(x))), SCALES) as [Tensor, ...Tensor[]];
    const last = parts.pop()!;
    const scales = [this.#scale(0, first)];
    for (const [i, part] of parts.entries())
      scales.push(this.#scale(i + 1, isFirst ? part : part.add(scales[i]!)));
    scales.push(isFirst ? avgPool(last, { kernel: 3, stride, padding: 1 }) : last);
    const y = this.bn3(this.conv3(cat(scales[0]!, ...scales.slice(1))));
    return relu(y.add(this.downsample === undefined ? x : this.downsample(x)));
  }

  #scale(i: number, x: Tensor): Tensor {
    return relu(this.bns[i]!(this.convs[i]!(x)));
  }
}

const meanPool = (x: Tensor, kernel: number): Tensor =>
  avgPool(x, { kernel, ceil: true, countPadding: false });

/** [planes, stride, dilation of each block]: the released code dilates the last two stages as well as striding. */
const STAGES = [
  [64, 1, [1, 1, 1]],
  [128, 2, [1, 1, 1, 1]],
  [256, 2, [2, 2, 2, 2, 2, 2]],
  [512, 2, [4, 8, 16]],
] as const;

/**
 * Res2Net-50 v1b, 26 channels x 4 scales, as an encoder (Gao 2019, arXiv:1904.01169), under InSPyReNet's keys.
 * [N,3,H,W] → five maps, the first two at a quarter of the size.
 */
export class Res2Net50 extends Module<[Tensor], readonly Tensor[]> {
  readonly conv1: Layer;
  readonly bn1: Layer;
  readonly layer1: Layer;
  readonly layer2: Layer;
  readonly layer3: Layer;
  readonly layer4: Layer;

  constructor() {
    super();
    // v1b: three 3x3 convolutions instead of one of 7x7.
    this.conv1 = sequential(
      conv(3, 32, { ...plain, stride: 2 }),
      batchNorm(32),
      relu,
      conv(32, 32, plain),
      batchNorm(32),
      relu,
      conv(32, 64, plain),
    );
    this.bn1 = batchNorm(64);
    const stages: readonly Layer[] = STAGES.map(([planes, first, dilations], stage) => {
      const inputs = stage === 0 ? 64 : 2 * planes;
      return sequential(
        ...dilations.map((dilation, i) => {
          const isFirst = i === 0;
          const stride = isFirst ? first : 1;
          return new Bottle2neck(isFirst ? inputs : 4 * planes, planes, { stride, dilation, isFirst });
        }),
      );
    });
    this.layer1 = stages[0]!;
    this.layer2 = stages[1]!;
    this.layer3 = stages[2]!;
    this.layer4 = stages[3]!;
  }

  forward(x: Tensor): readonly Tensor[] {
    // [N,    3, H,    W   ]
    const stem = relu(this.bn1(this.conv1(x))); // [N,   64, H/2,  W/2 ]
    const x1 = maxPool(stem, { kernel: 3, stride: 2, padding: 1 }); // [N,   64, H/4,  W/4 ]
    const x2 = this.layer1(x1); // [N,  256, H/4,  W/4 ]
    const x3 = this.layer2(x2); // [N,  512, H/8,  W/8 ]
    const x4 = this.layer3(x3); // [N, 1024, H/16, W/16]
    const x5 = this.layer4(x4); // [N, 2048, H/32, W/32]
    return [x1, x2, x3, x4, x5];
  }
}

/** Channels of the five maps. */
export const RES2NET50_CHANNELS = [64, 256, 512, 1024, 2048] as const;
