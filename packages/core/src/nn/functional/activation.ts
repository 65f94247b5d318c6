import type { Tensor, TensorLike } from "../../graph/index.js";

// Activations, each as PyTorch defines it. Any shape in, the same shape out.

/** max(x, 0) */
export const relu = (x: Tensor): Tensor => x.relu();

/** min(max(x, 0), 6) */
export const relu6 = (x: Tensor): Tensor => x.clip({ low: 0, high: 6 });

/** x where positive, slope·x elsewhere. */
export const leakyRelu = (x: Tensor, { slope = 0.01 } = {}): Tensor =>
  x.op("LeakyRelu", [], { alpha: slope });

/** x where positive, slope·x elsewhere; the slope [C,1,1] or a single one is learned. */
export const prelu = (x: Tensor, slope: TensorLike): Tensor => x.op("PRelu", [slope]);

/** x where positive, alpha·(eˣ - 1) elsewhere. */
export const elu = (x: Tensor, { alpha = 1 } = {}): Tensor => x.op("Elu", [], { alpha });

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (x: Tensor): Tensor => x.sigmoid();

export const tanh = (x: Tensor): Tensor => x.tanh();

/** x·Φ(x), by the error function or by the tanh approximation. */
export const gelu = (x: Tensor, { approximate = "none" }: { approximate?: "none" | "tanh" } = {}): Tensor =>
  x.op("Gelu", [], { approximate });

/** x·sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => x.mul(x.sigmoid());

/** clip(x/6 + 1/2, 0, 1) */
export const hardSigmoid = (x: Tensor): Tensor => x.op("HardSigmoid", [], { alpha: 1 / 6, beta: 0.5 });

/** x·hardSigmoid(x) */
export const hardSwish = (x: Tensor): Tensor => x.op("HardSwish");

/** ln(1 + eˣ) */
export const softplus = (x: Tensor): Tensor => x.op("Softplus");

/** eˣ / Σ eˣ along an axis. */
export const softmax = (x: Tensor, { axis = -1 } = {}): Tensor => x.op("Softmax", [], { axis });

export const logSoftmax = (x: Tensor, { axis = -1 } = {}): Tensor => x.op("LogSoftmax", [], { axis });
