import { MattelierError, type TensorData } from "../util/index.js";
import { checkOptimiserState } from "./check-state.js";
import { clipScale } from "./clip.js";
import { copyGradient, viewOf, type ParameterLayout } from "./layout.js";
import { ruleOf, type OptimiserSpec } from "./optimiser-spec.js";
import { segmentsOf, settingsOf, type ParameterGroup, type Segment } from "./parameter-groups.js";
import { compileKernel, compileSumOfSquares, type UpdateKernel } from "./simd-kernel.js";
import { stageCoefficients, withStages, type StepSettings, type UpdateRule } from "./update-rule.js";

export interface OptimiserOptions {
  readonly groups?: readonly ParameterGroup[] | undefined;
  /** Scale the whole gradient down to this L2 norm where it is longer, as `clip_grad_norm_`. */
  readonly clipNorm?: number | undefined;
  /** Clip each element of the gradient to [-clipValue, clipValue], after clipping by norm. */
  readonly clipValue?: number | undefined;
  /** Keep an exponential moving average of the weights: `ema = decay·ema + (1-decay)·w` after each step. */
  readonly emaDecay?: number | undefined;
}

export interface StepOptions {
  /** Learning rate of this step. Default: the spec's. Groups multiply it. */
  readonly lr?: number | undefined;
  /** Momentum (SGD) or first beta (Adam) of this step. */
  readonly momentum?: number | undefined;
  readonly emaDecay?: number | undefined;
}

export interface StepReport {
  /** L2 norm of the gradient before clipping; only with `clipNorm`. */
  readonly gradientNorm: number | undefined;
}

/** A gradient by all trained weights: flat by the layout, or one array per parameter in the layout's order. */
export type Gradient = Float32Array | readonly Float32Array[];

/** Weights and optimiser state in flat float32 arrays, updated in place. */
export interface Optimiser {
  readonly spec: OptimiserSpec;
  readonly layout: ParameterLayout;
  /** All trained weights by the layout; write the start values here. The view stays valid. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** Their moving average by the same layout, with `emaDecay`. Equals the weights before the first step. */
  readonly average: Float32Array<ArrayBuffer> | undefined;
  /** Steps taken. */
  readonly step: number;
  /** Add a micro-batch's gradient to those of the step under way. */
  accumulate(gradient: Gradient): void;
  /** Forget what was accumulated. */
  discard(): void;
  /**
   * Take a step by this gradient, or by its mean with those accumulated since the last step.
   * @throws MattelierError `not-finite` when clipping finds no finite norm; nothing has changed then
   */
  update(gradient: Gradient, options?: StepOptions): StepReport;
  /** The state to go on from: `step`, and `<slot>/<path>` for every slot and parameter. Views, not copies. */
  state(): Map<string, TensorData>;
  /** Go on from a state. @throws MattelierError `invalid-data` when it is not of this optimiser and layout */
  restore(state: ReadonlyMap<string, TensorData>): void;
}

const PAGE = 65536;
const CHUNK = 8192;
const COEFFICIENTS_AT = 0;
const SCRATCH_AT = 1024;
const ARRAYS_AT = PAGE;

/**
 * An optimiser over typed arrays, for providers whose weights live on the host. One pass over memory a step.
 *
 * @throws MattelierError `too-large` beyond 4 GiB of weights and state
 */
export function createOptimiser(
  spec: OptimiserSpec,
  layout: ParameterLayout,
  options: OptimiserOptions = {},
): Optimiser {
  return new FlatOptimiser(spec, layout, options);
}

class FlatOptimiser implements Optimiser {
  readonly spec: OptimiserSpec;
  readonly layout: ParameterLayout;
  readonly weights: Float32Array<ArrayBuffer>;
  readonly average: Float32Array<ArrayBuffer> | undefined;
  step = 0;

  readonly #options: OptimiserOptions;
  readonly #rule: UpdateRule;
  readonly #segments: readonly Segment[];
  readonly #memory: WebAssembly.Memory;
  readonly #coefficients: Float32Array;
  readonly #scratch: Float32Array;
  /** Byte address and view per array: w, the slots, and the sum of micro-batches' gradients. */
  readonly #addresses: ReadonlyMap<string, number>;
  readonly #arrays: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
  readonly #names: readonly string[];
  readonly #kernel: UpdateKernel;
  readonly #addKernel: UpdateKernel;
  readonly #sumOfSquares: (address: number, count: number) => number;
  #accumulated = 0;

  constructor(spec: OptimiserSpec, layout: ParameterLayout, options: OptimiserOptions) {
    const { rule, weightDecay } = ruleOf(spec);
    this.spec = spec;
    this.layout = layout;
    this.#options = options;
    this.#rule = rule;
    this.#segments = segmentsOf(layout, settingsOf(layout, options.groups ?? [], weightDecay));

    const staged = withStages(rule, { clipValue: options.clipValue, ema: options.emaDecay !== undefined });
    this.#names = ["w", ...staged.slots];
    const stride = Math.ceil(layout.size / 16) * 64;
    const bytes = ARRAYS_AT + stride * (this.#names.length + 1);
    if (bytes > 65536 * PAGE) {
      throw new MattelierError({
        code: "too-large",
        where: `optimiser ${spec.kind}`,
        expected: "at most 4 GiB of weights and state",
        got: `${(bytes / 2 ** 30).toFixed(1)} GiB for ${layout.size} parameters`,
        fix: "train fewer parameters, or an optimiser with less state such as sgd",
      });
    }
    const pages = Math.ceil(bytes / PAGE);
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const buffer = this.#memory.buffer;
    const addressed = [...this.#names, "sum"].map((name, i) => [name, ARRAYS_AT + i * stride] as const);
    this.#addresses = new Map(addressed);
    this.#arrays = new Map(
      addressed.map(([name, address]) => [name, new Float32Array(buffer, address, layout.size)]),
    );
    this.weights = this.#arrays.get("w")!;
    this.average = this.#arrays.get("ema");
    this.#scratch = new Float32Array(buffer, SCRATCH_AT, CHUNK);

    const coefficientNames = Object.keys(this.#coefficientsOf({ lr: 0, weightDecay: 0, step: 0 }, 1, 0));
    this.#coefficients = new Float32Array(buffer, COEFFICIENTS_AT, coefficientNames.length);
    this.#kernel = compileKernel(staged, coefficientNames, this.#memory);
    const add: Pick<UpdateRule, "slots" | "update"> = {
      slots: [],
      update: (k, { w, g }) => ({ w: k.add(w!, g!) }),
    };
    this.#addKernel = compileKernel(add, [], this.#memory);
    this.#sumOfSquares = compileSumOfSquares(this.#memory);
  }

  accumulate(gradient: Gradient): void {
    this.#check(gradient);
    if (this.#accumulated === 0) {
      const sum = this.#arrays.get("sum")!;
      copyGradient(this.layout, gradient, 0, sum);
    } else {
      const sum = this.#addresses.get("sum")!;
      this.#chunks(0, this.layout.size, gradient, (start, count, g) => {
        this.#addKernel.run(count, COEFFICIENTS_AT, [sum + 4 * start, g]);
      });
    }
    this.#accumulated += 1;
  }

  discard(): void {
    this.#accumulated = 0;
  }

  update(gradient: Gradient, options: StepOptions = {}): StepReport {
    this.#check(gradient);
    const microBatches = this.#accumulated + 1;
    if (this.#accumulated > 0) this.accumulate(gradient);
    const source = microBatches > 1 ? undefined : gradient;
    this.#accumulated = 0;

    let gradientScale = 1 / microBatches;
    let gradientNorm: number | undefined;
    const { clipNorm } = this.#options;
    if (clipNorm !== undefined) {
      gradientNorm = this.#norm(source) * gradientScale;
      gradientScale *= clipScale(gradientNorm, clipNorm);
    }
    if (this.step === 0) this.average?.set(this.weights);

    const { lr = this.spec.lr, momentum, emaDecay = this.#options.emaDecay ?? 0 } = options;
    const addresses = this.#names.slice(1).map((name) => this.#addresses.get(name)!);
    const weights = this.#addresses.get("w")!;
    for (const segment of this.#segments) {
      const { start, end, weightDecay } = segment;
      const settings = { lr: lr * segment.lr, weightDecay, step: this.step, momentum };
      this.#coefficients.set(Object.values(this.#coefficientsOf(settings, gradientScale, emaDecay)));
      this.#chunks(start, end, source, (at, count, g) => {
        const pointers = [weights + 4 * at, g, ...addresses.map((address) => address + 4 * at)];
        this.#kernel.run(count, COEFFICIENTS_AT, pointers);
      });
    }
    this.step += 1;
    return { gradientNorm };
  }

  state(): Map<string, TensorData> {
    const step: TensorData = { dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(this.step)) };
    const entries: [string, TensorData][] = [["step", step]];
    for (const slot of this.#names.slice(1)) {
      for (const span of this.layout.spans) {
        const data = viewOf(this.#arrays.get(slot)!, span);
        entries.push([`${slot}/${span.path}`, { dtype: "float32", shape: span.shape, data }]);
      }
    }
    return new Map(entries);
  }

  restore(state: ReadonlyMap<string, TensorData>): void {
    const own = this.state();
    checkOptimiserState(this.spec, own, state);
    for (const [key, { data }] of own) {
      const given = state.get(key)!.data;
      if (key === "step") this.step = Number(given[0]);
      else (data as Float32Array).set(given as Float32Array);
    }
    this.#accumulated = 0;
  }

  #coefficientsOf(settings: StepSettings, gradientScale: number, emaDecay: number): Record<string, number> {
    const { clipValue } = this.#options;
    return {
      ...this.#rule.coefficients(settings),
      ...stageCoefficients({ gradientScale, clipValue, emaDecay }),
    };
  }

  /**
   * Walk [start, end) in chunks whose gradient lies in the kernel's memory: copied to the scratch area, which
   * stays in the cache, or where it is when there is none given and the accumulated sum stands for it.
   */
  #chunks(
    start: number,
    end: number,
    gradient: Gradient | undefined,
    visit: (start: number, count: number, gradientAddress: number) => void,
  ): void {
    if (gradient === undefined) {
      visit(start, end - start, this.#addresses.get("sum")! + 4 * start);
      return;
    }
    for (let at = start; at < end; at += CHUNK) {
      const count = Math.min(CHUNK, end - at);
      copyGradient(this.layout, gradient, at, this.#scratch.subarray(0, count));
      visit(at, count, SCRATCH_AT);
    }
  }

  #norm(gradient: Gradient | undefined): number {
    let sum = 0;
    this.#chunks(0, this.layout.size, gradient, (_, count, address) => {
      const padded = Math.ceil(count / 4) * 4;
      // The scratch area may hold what was there before; the accumulated sum ends in zeros.
      if (address === SCRATCH_AT) this.#scratch.fill(0, count, padded);
      sum += this.#sumOfSquares(address, padded);
    });
    return Math.sqrt(sum);
  }

  #check(gradient: Gradient): void {
    const fail = (expected: string, got: string): never => {
      throw new MattelierError({
        code: "shape-mismatch",
        where: `optimiser ${this.spec.kind}`,
        expected,
        got,
      });
    };
    const { spans, size } = this.layout;
    if (gradient instanceof Float32Array) {
      if (gradient.length !== size) fail(`a flat gradient of ${size} elements`, String(gradient.length));
      return;
    }
    if (gradient.length !== spans.length) fail(`${spans.length} gradients`, String(gradient.length));
    for (const [i, span] of spans.entries())
      if (gradient[i]!.length !== span.size)
        fail(`a gradient of ${span.size} elements for ${span.path}`, String(gradient[i]!.length));
  }
}
