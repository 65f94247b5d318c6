import { sizeOf, type Rng } from "../util/index.js";

/** The first contents of a parameter. Every parameter has a stream of random numbers of its own. */
export type Initialiser = (shape: readonly number[], rng: Rng) => Float32Array<ArrayBuffer>;

export const constant =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

export const zeros: Initialiser = constant(0);
export const ones: Initialiser = constant(1);

/** Uniform in [low, high). */
export const uniform = (low: number, high: number): Initialiser =>
  drawn((rng) => low + (high - low) * rng.uniform());

export const normal = (std: number, mean = 0): Initialiser => drawn((rng) => mean + std * rng.normal());

/** Normal, drawn again until within [low, high]; the bounds are values, not multiples of std (as PyTorch's). */
export function truncatedNormal({ std = 1, mean = 0, low = -2, high = 2 } = {}): Initialiser {
  return drawn((rng) => {
    for (;;) {
      const value = mean + std * rng.normal();
      if (value >= low && value <= high) return value;
    }
  });
}

export interface KaimingOptions {
  /** Keep the variance of activations ("in", default) or of gradients ("out"). */
  readonly fan?: "in" | "out" | undefined;
  readonly nonlinearity?: Nonlinearity | undefined;
  /** Negative slope of a leaky ReLU. Default 0. */
  readonly slope?: number | undefined;
}

export type Nonlinearity = "linear" | "sigmoid" | "tanh" | "relu" | "leaky-relu" | "selu";

/** PyTorch's recommended gains. */
export function gainOf(nonlinearity: Nonlinearity, slope = 0.01): number {
  switch (nonlinearity) {
    case "linear":
    case "sigmoid":
      return 1;
    case "tanh":
      return 5 / 3;
    case "relu":
      return Math.SQRT2;
    case "leaky-relu":
      return Math.sqrt(2 / (1 + slope ** 2));
    case "selu":
      return 3 / 4;
  }
}

/** He 2015 (arXiv:1502.01852), uniform in ±gain·√(3 / fan). */
export const kaimingUniform = (options: KaimingOptions = {}): Initialiser =>
  scaled((shape) => kaimingStd(shape, options), "uniform");

/** He 2015 (arXiv:1502.01852), normal with standard deviation gain/√fan. */
export const kaimingNormal = (options: KaimingOptions = {}): Initialiser =>
  scaled((shape) => kaimingStd(shape, options), "normal");

/** Glorot & Bengio 2010, uniform in ±gain·√(6 / (fanIn + fanOut)). */
export const xavierUniform = ({ gain = 1 } = {}): Initialiser =>
  scaled((shape) => xavierStd(shape, gain), "uniform");

/** Glorot & Bengio 2010, normal with standard deviation gain·√(2 / (fanIn + fanOut)). */
export const xavierNormal = ({ gain = 1 } = {}): Initialiser =>
  scaled((shape) => xavierStd(shape, gain), "normal");

/** What PyTorch gives convolutions' and linear layers' weights: uniform in ±1/√fanIn. */
export const defaultWeight: Initialiser = kaimingUniform({ nonlinearity: "leaky-relu", slope: Math.sqrt(5) });

/** What PyTorch gives their biases: uniform in ±1/√fanIn of the weight. */
export function defaultBias(weightShape: readonly number[]): Initialiser {
  const bound = 1 / Math.sqrt(fansOf(weightShape).in);
  return uniform(-bound, bound);
}

/** Inputs and outputs of one unit, for a weight [out, in, ...kernel]. */
export function fansOf(shape: readonly number[]): { readonly in: number; readonly out: number } {
  const [first = 1, second = 1, ...kernel] = shape;
  const places = sizeOf(kernel);
  return { in: second * places, out: first * places };
}

function kaimingStd(shape: readonly number[], options: KaimingOptions): number {
  const { fan = "in", nonlinearity = "leaky-relu", slope = 0 } = options;
  return gainOf(nonlinearity, slope) / Math.sqrt(fansOf(shape)[fan]);
}

function xavierStd(shape: readonly number[], gain: number): number {
  const fans = fansOf(shape);
  return gain * Math.sqrt(2 / (fans.in + fans.out));
}

function scaled(std: (shape: readonly number[]) => number, distribution: "uniform" | "normal"): Initialiser {
  return (shape, rng) => {
    const deviation = std(shape);
    const bound = Math.sqrt(3) * deviation;
    return (distribution === "uniform" ? uniform(-bound, bound) : normal(deviation))(shape, rng);
  };
}

function drawn(draw: (rng: Rng) => number): Initialiser {
  return (shape, rng) => {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = draw(rng);
    return values;
  };
}
