import type { Tensor } from "../graph/index.js";
import { batchNorm, cat, conv, maxPool2, Module, relu, upTo, type Layer } from "../nn/index.js";

// Residual U-blocks: U²-Net, Qin 2020, §3.1 and Fig. 2 (arXiv:2005.09007); IS-Net uses the same.

/** Convolution, batch normalisation, ReLU. The field names are the released code's. */
export class Rebnconv extends Module {
  readonly conv_s1: Layer;
  readonly bn_s1: Layer;

  constructor(inputs: number, outputs: number, dilation = 1) {
    super();
    this.conv_s1 = conv(inputs, outputs, { dilation });
    this.bn_s1 = batchNorm(outputs);
  }

  forward(x: Tensor): Tensor {
    return relu(this.bn_s1(this.conv_s1(x)));
  }
}

/**
 * RSU-L: a small U of L levels in a residual block, Fig. 2(e). [N,I,H,W] → [N,O,H,W], M channels within.
 * Pooling rounds sizes up (as the released code), and decoders meet their encoder's size.
 */
export class Rsu extends Module {
  readonly rebnconvin: Layer;
  readonly #encoders: readonly Layer[];
  readonly #bottom: Layer;
  /** From the deepest up. */
  readonly #decoders: readonly Layer[];

  constructor(levels: number, inputs: number, middle: number, outputs: number) {
    super();
    this.rebnconvin = new Rebnconv(inputs, outputs);
    const encoders: Layer[] = [];
    for (let l = 1; l < levels; l++) encoders.push(new Rebnconv(l === 1 ? outputs : middle, middle));
    const bottom = new Rebnconv(middle, middle, 2);
    const decoders: Layer[] = [];
    for (let l = levels - 1; l >= 1; l--) decoders.push(new Rebnconv(2 * middle, l === 1 ? outputs : middle));
    // State-dict keys: rebnconv1 … rebnconvL on the way down, rebnconv(L-1)d … rebnconv1d on the way up.
    Object.assign(
      this,
      Object.fromEntries([...encoders, bottom].map((layer, i) => [`rebnconv${i + 1}`, layer])),
    );
    Object.assign(
      this,
      Object.fromEntries(decoders.map((layer, i) => [`rebnconv${levels - 1 - i}d`, layer])),
    );
    this.#encoders = encoders;
    this.#bottom = bottom;
    this.#decoders = decoders;
  }

  forward(x: Tensor): Tensor {
    const first = this.rebnconvin(x);
    const skips: Tensor[] = [];
    let y = first;
    for (const [i, encode] of this.#encoders.entries()) {
      y = encode(i === 0 ? y : maxPool2(y, { ceil: true }));
      skips.push(y);
    }
    y = this.#bottom(y);
    for (const decode of this.#decoders) {
      const skip = skips.pop()!;
      y = decode(cat(upTo(y, skip), skip));
    }
    return y.add(first);
  }
}

/** RSU-4F: the same without pooling, by dilation 1, 2, 4, 8 instead. [N,I,H,W] → [N,O,H,W] */
export class Rsu4F extends Module {
  readonly rebnconvin: Layer;
  readonly rebnconv1: Layer;
  readonly rebnconv2: Layer;
  readonly rebnconv3: Layer;
  readonly rebnconv4: Layer;
  readonly rebnconv3d: Layer;
  readonly rebnconv2d: Layer;
  readonly rebnconv1d: Layer;

  constructor(inputs: number, middle: number, outputs: number) {
    super();
    this.rebnconvin = new Rebnconv(inputs, outputs);
    this.rebnconv1 = new Rebnconv(outputs, middle);
    this.rebnconv2 = new Rebnconv(middle, middle, 2);
    this.rebnconv3 = new Rebnconv(middle, middle, 4);
    this.rebnconv4 = new Rebnconv(middle, middle, 8);
    this.rebnconv3d = new Rebnconv(2 * middle, middle, 4);
    this.rebnconv2d = new Rebnconv(2 * middle, middle, 2);
    this.rebnconv1d = new Rebnconv(2 * middle, outputs);
  }

  forward(x: Tensor): Tensor {
    const first = this.rebnconvin(x);
    const x1 = this.rebnconv1(first);
    const x2 = this.rebnconv2(x1);
    const x3 = this.rebnconv3(x2);
    const x4 = this.rebnconv4(x3);
    const y3 = this.rebnconv3d(cat(x4, x3));
    const y2 = this.rebnconv2d(cat(y3, x2));
    return this.rebnconv1d(cat(y2, x1)).add(first);
  }
}

/** A U-block of so many levels, or the dilated one. */
export function rsu(levels: number | "4F", inputs: number, middle: number, outputs: number): Layer {
  return levels === "4F" ? new Rsu4F(inputs, middle, outputs) : new Rsu(levels, inputs, middle, outputs);
}
