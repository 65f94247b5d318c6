import type { Tensor } from "../graph/index.js";
import {
  batchNorm,
  cat,
  conv,
  init,
  Module,
  Parameter,
  relu,
  resize,
  sequential,
  softmax,
  upTo,
  type Layer,
  type Size2,
} from "../nn/index.js";

// The parts of InSPyReNet, Kim 2022 (arXiv:2209.09475), Fig. 3. Parallel axial attention is UACANet's, Kim 2021
// (arXiv:2107.02368), §3.2. The field names are the released code's.

interface ConvOptions {
  readonly kernel?: Size2;
  readonly dilation?: number;
  readonly norm?: boolean;
  readonly rectify?: boolean;
}

/** Convolution, batch normalisation, and where asked ReLU. [N,I,H,W] → [N,O,H,W] */
class Conv2d extends Module {
  readonly conv: Layer;
  readonly bn: Layer | undefined;
  readonly #rectify: boolean;

  constructor(inputs: number, outputs: number, options: ConvOptions) {
    super();
    const { kernel = 3, dilation = 1, norm = true, rectify = false } = options;
    this.conv = conv(inputs, outputs, {
      kernel,
      dilation,
      bias: false,
      init: { weight: init.kaimingNormal() },
    });
    this.bn = norm ? batchNorm(outputs) : undefined;
    this.#rectify = rectify;
  }

  forward(x: Tensor): Tensor {
    const y = this.conv(x);
    const normal = this.bn?.(y) ?? y;
    return this.#rectify ? relu(normal) : normal;
  }
}

const conv2d = (inputs: number, outputs: number, options: ConvOptions = {}): Layer =>
  new Conv2d(inputs, outputs, options);

/**
 * Attention among the rows or the columns of a map: softmax(q·kᵀ)·v, γ times, on a residual. [N,C,H,W] → the same
 *
 * The released code lays the map out by a plain view as [N, ·, side], which for rows mixes channels and columns;
 * its weights are learned for that, so this does the same.
 */
class AxialAttention extends Module {
  readonly gamma: Parameter = new Parameter([1], init.zeros);
  readonly query_conv: Layer;
  readonly key_conv: Layer;
  readonly value_conv: Layer;
  readonly #axis: 2 | 3;

  constructor(channels: number, axis: 2 | 3) {
    super();
    this.query_conv = conv2d(channels, channels / 8, { kernel: 1 });
    this.key_conv = conv2d(channels, channels / 8, { kernel: 1 });
    this.value_conv = conv2d(channels, channels, { kernel: 1 });
    this.#axis = axis;
  }

  forward(x: Tensor): Tensor {
    const side = x.size(this.#axis);
    const lines = (map: Tensor): Tensor =>
      map.reshape([x.shape[0]!, (map.size(1) * map.size(2) * map.size(3)) / side, side]);
    const query = lines(this.query_conv(x)); // [N, C/8·H·W/side, side]
    const key = lines(this.key_conv(x)); // the same
    const value = lines(this.value_conv(x)); // [N, C·H·W/side, side]
    const weights = softmax(query.transpose([0, 2, 1]).matmul(key)); // [N, side, side]
    const attended = value.matmul(weights.transpose([0, 2, 1])).reshape(x.shape);
    return attended.mul(this.gamma).add(x);
  }
}

/** One branch of the encoder: a receptive field of r rows and columns, axial attention, then r apart. */
class PAAKernel extends Module {
  readonly conv0: Layer;
  readonly conv1: Layer;
  readonly conv2: Layer;
  readonly conv3: Layer;
  readonly Hattn: Layer;
  readonly Wattn: Layer;

  constructor(inputs: number, outputs: number, receptive: number) {
    super();
    this.conv0 = conv2d(inputs, outputs, { kernel: 1 });
    this.conv1 = conv2d(outputs, outputs, { kernel: [1, receptive] });
    this.conv2 = conv2d(outputs, outputs, { kernel: [receptive, 1] });
    this.conv3 = conv2d(outputs, outputs, { dilation: receptive });
    this.Hattn = new AxialAttention(outputs, 2);
    this.Wattn = new AxialAttention(outputs, 3);
  }

  forward(x: Tensor): Tensor {
    const y = this.conv2(this.conv1(this.conv0(x)));
    return this.conv3(this.Hattn(y).add(this.Wattn(y)));
  }
}

/** Parallel axial attention encoder: four branches of growing receptive fields. [N,I,H,W] → [N,O,H,W] */
export class PAAEncoder extends Module {
  readonly branch0: Layer;
  readonly branch1: Layer;
  readonly branch2: Layer;
  readonly branch3: Layer;
  readonly conv_cat: Layer;
  readonly conv_res: Layer;

  constructor(inputs: number, outputs: number) {
    super();
    this.branch0 = conv2d(inputs, outputs, { kernel: 1 });
    this.branch1 = new PAAKernel(inputs, outputs, 3);
    this.branch2 = new PAAKernel(inputs, outputs, 5);
    this.branch3 = new PAAKernel(inputs, outputs, 7);
    this.conv_cat = conv2d(4 * outputs, outputs);
    this.conv_res = conv2d(inputs, outputs, { kernel: 1 });
  }

  forward(x: Tensor): Tensor {
    const branches = cat(this.branch0(x), this.branch1(x), this.branch2(x), this.branch3(x));
    return relu(this.conv_cat(branches).add(this.conv_res(x)));
  }
}

/** A map of features, and the logits read off them. */
export interface Level {
  readonly features: Tensor;
  readonly logits: Tensor;
}

/** Parallel axial attention decoder: the three coarse maps together. → features and the coarsest saliency */
export class PAADecoder extends Module<[Tensor, Tensor, Tensor], Level> {
  readonly conv1: Layer;
  readonly conv2: Layer;
  readonly conv3: Layer;
  readonly conv4: Layer;
  readonly conv5: Layer;
  readonly Hattn: Layer;
  readonly Wattn: Layer;

  constructor(depth: number) {
    super();
    this.conv1 = conv2d(3 * depth, depth);
    this.conv2 = conv2d(depth, depth);
    this.conv3 = conv2d(depth, depth);
    this.conv4 = conv2d(depth, depth);
    this.conv5 = conv2d(depth, 1, { norm: false });
    this.Hattn = new AxialAttention(depth, 2);
    this.Wattn = new AxialAttention(depth, 3);
  }

  forward(x3: Tensor, x4: Tensor, x5: Tensor): Level {
    const up = (x: Tensor): Tensor => upTo(x, x3, { alignCorners: true });
    const joined = this.conv1(cat(up(x5), up(x4), x3));
    const attended = this.Hattn(joined).add(this.Wattn(joined));
    const features = this.conv4(this.conv3(this.conv2(attended)));
    return { features, logits: this.conv5(features) };
  }
}

/**
 * Scale-invariant context attention, Fig. 3(c): every pixel attends to a few context vectors, the features' sums over
 * subject, background and doubt (and over the signs of the details one level up), taken at the training size so that
 * they do not depend on the picture's.
 * features [N,I,H,W], saliency and details [N,1,·,·] → features [N,D,H,W] and details [N,1,H,W]
 */
export class SICA extends Module<[Tensor, Tensor, Tensor | undefined], Level> {
  readonly threshold: Parameter = new Parameter([1], init.constant(0.5));
  readonly lthreshold: Parameter | undefined;
  readonly conv_query: Layer;
  readonly conv_key: Layer;
  readonly conv_value: Layer;
  readonly conv_out1: Layer;
  readonly conv_out2: Layer;
  readonly conv_out3: Layer;
  readonly conv_out4: Layer;
  readonly #depth: number;
  readonly #side: number;

  /** @param side of the square map at the training size */
  constructor(inputs: number, { depth, side, details }: { depth: number; side: number; details: boolean }) {
    super();
    const twice = (kernel: number): Layer =>
      sequential(
        conv2d(inputs, depth, { kernel, rectify: true }),
        conv2d(depth, depth, { kernel, rectify: true }),
      );
    this.lthreshold = details ? new Parameter([1], init.constant(0.5)) : undefined;
    this.conv_query = twice(3);
    this.conv_key = twice(1);
    this.conv_value = twice(1);
    this.conv_out1 = conv2d(depth, depth, { rectify: true });
    this.conv_out2 = conv2d(inputs + depth, depth, { rectify: true });
    this.conv_out3 = conv2d(depth, depth, { rectify: true });
    this.conv_out4 = conv2d(depth, 1, { kernel: 1 });
    this.#depth = depth;
    this.#side = side;
  }

  forward(x: Tensor, saliency: Tensor, details: Tensor | undefined): Level {
    const batch = x.shape[0]!;
    const [channels, height, width] = [x.size(1), x.size(2), x.size(3)];
    const regions = this.#regions(x, saliency, details); // [N, 3 or 5, H, W]
    const count = regions.size(1);

    // The released code lays the features out as [N, pixels, C] by a plain view, without moving the channels.
    const pixels = this.#side ** 2;
    const features = resize(x, this.#side).reshape([batch, pixels, channels]);
    const weights = resize(regions, this.#side).reshape([batch, count, pixels]);
    const context = weights.matmul(features).transpose([0, 2, 1]).unsqueeze([3]); // [N, C, regions, 1]

    const rows = (map: Tensor, length: number): Tensor => map.reshape([batch, this.#depth, length]);
    const query = rows(this.conv_query(x), height * width).transpose([0, 2, 1]); // [N, HW, D]
    const key = rows(this.conv_key(context), count); // [N, D, regions]
    const value = rows(this.conv_value(context), count).transpose([0, 2, 1]); // [N, regions, D]
    const likeness = softmax(query.matmul(key).mul(this.#depth ** -0.5)); // [N, HW, regions]
    const attended = likeness.matmul(value).transpose([0, 2, 1]).reshape([batch, this.#depth, height, width]);

    const joined = cat(x, this.conv_out1(attended));
    const refined = this.conv_out3(this.conv_out2(joined));
    return { features: refined, logits: this.conv_out4(refined) };
  }

  /** Subject, background and doubt, and what the details add and take away. */
  #regions(x: Tensor, saliency: Tensor, details: Tensor | undefined): Tensor {
    const threshold = this.threshold.in(x.b);
    const apart = upTo(saliency, x).sigmoid().sub(threshold);
    const [subject, background] = sides(apart);
    const doubt = threshold.sub(apart.abs());
    if (details === undefined || this.lthreshold === undefined) return cat(subject, background, doubt);
    const signs = sides(upTo(details, x).sigmoid().sub(this.lthreshold));
    return cat(subject, background, doubt, ...signs);
  }
}

/** What is above zero and what is below, both positive. */
const sides = (x: Tensor): [Tensor, Tensor] => [
  x.clip({ low: 0, high: 1 }),
  x.neg().clip({ low: 0, high: 1 }),
];
