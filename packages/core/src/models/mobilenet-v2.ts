import type { Tensor } from "../graph/index.js";
import { batchNorm, conv, Module, relu6, sequential, type Layer } from "../nn/index.js";

/** Table 2 of the paper: expansion t, channels c, repeats n, stride s of the first. */
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const plain = { bias: false } as const;

export interface MobileNetV2Options {
  /**
   * Where convolutions of stride 2 pad: `around`, as PyTorch's, or `end`, bottom and right alone, as TensorFlow's do
   * on even sizes. Weights that were trained one way see all shifted by a pixel the other way. Default `around`.
   */
  readonly padding?: "around" | "end" | undefined;
  /** Keep the last stage at a sixteenth, by dilation instead of stride, as DeepLab does. Default false. */
  readonly dilated?: boolean | undefined;
}

interface BlockShape {
  readonly stride: number;
  readonly expansion: number;
  readonly dilation: number;
}

/** A 3x3 convolution's padding. */
const paddingOf = (stride: number, { padding = "around" }: MobileNetV2Options) =>
  stride === 2 && padding === "end" ? { padding: [0, 0, 1, 1] as const } : {};

/** Inverted residual with a linear bottleneck, Fig. 4(d). [N,I,H,W] → [N,O,H/s,W/s] */
class InvertedResidual extends Module {
  readonly conv: Layer;
  readonly #isResidual: boolean;

  constructor(
    inputs: number,
    outputs: number,
    { stride, expansion, dilation, ...options }: BlockShape & MobileNetV2Options,
  ) {
    super();
    const hidden = inputs * expansion;
    const window = { ...plain, stride, dilation, groups: hidden, ...paddingOf(stride, options) };
    const depthwise = [conv(hidden, hidden, window), batchNorm(hidden), relu6];
    const project = [conv(hidden, outputs, { ...plain, kernel: 1 }), batchNorm(outputs)];
    const expand =
      expansion === 1 ? [] : [conv(inputs, hidden, { ...plain, kernel: 1 }), batchNorm(hidden), relu6];
    this.conv = sequential(...expand, ...depthwise, ...project);
    this.#isResidual = stride === 1 && inputs === outputs;
  }

  forward(x: Tensor): Tensor {
    return this.#isResidual ? x.add(this.conv(x)) : this.conv(x);
  }
}

/** Features at five resolutions. */
export interface Pyramid {
  readonly enc2x: Tensor;
  readonly enc4x: Tensor;
  readonly enc8x: Tensor;
  readonly enc16x: Tensor;
  readonly enc32x: Tensor;
}

class Features extends Module<[Tensor], Pyramid> {
  readonly features: readonly Layer[];

  constructor(options: MobileNetV2Options) {
    super();
    const blocks: Layer[] = [];
    let channels = 32;
    for (const [expansion, outputs, repeats, first] of BLOCKS) {
      const isDilated = options.dilated === true && outputs >= 160;
      for (let i = 0; i < repeats; i++) {
        const stride = i === 0 && !isDilated ? first : 1;
        // The block that would have halved the size still sees the size before.
        const dilation = isDilated && (i > 0 || first === 1) ? 2 : 1;
        blocks.push(new InvertedResidual(channels, outputs, { ...options, stride, expansion, dilation }));
        channels = outputs;
      }
    }
    this.features = [
      sequential(conv(3, 32, { ...plain, stride: 2, ...paddingOf(2, options) }), batchNorm(32), relu6),
      ...blocks,
      sequential(conv(320, 1280, { ...plain, kernel: 1 }), batchNorm(1280), relu6),
    ];
  }

  forward(x: Tensor): Pyramid {
    // [N,    3, H,    W   ]
    const run = (from: number, to: number, input: Tensor): Tensor =>
      this.features.slice(from, to).reduce((y, layer) => layer(y), input);
    const enc2x = run(0, 2, x); // [N,   16, H/2,  W/2 ]
    const enc4x = run(2, 4, enc2x); // [N,   24, H/4,  W/4 ]
    const enc8x = run(4, 7, enc4x); // [N,   32, H/8,  W/8 ]
    const enc16x = run(7, 14, enc8x); // [N,   96, H/16, W/16]
    const enc32x = run(14, 19, enc16x); // [N, 1280, H/32, W/32]
    return { enc2x, enc4x, enc8x, enc16x, enc32x };
  }
}

/** MobileNetV2 as an encoder, Sandler 2018 (arXiv:1801.04381), under MODNet's keys. */
export class MobileNetV2 extends Module<[Tensor], Pyramid> {
  readonly model: Features;

  constructor(options: MobileNetV2Options = {}) {
    super();
    this.model = new Features(options);
  }

  forward(x: Tensor): Pyramid {
    return this.model(x);
  }
}

/** Channels of the pyramid, finest first. */
export const MOBILENET_V2_CHANNELS = [16, 24, 32, 96, 1280] as const;
