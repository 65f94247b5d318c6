import { Builder, type Graph, type RuleTable, type Value } from "../graph/index.js";
import {
  arrayConstructor,
  isFloat,
  MattelierError,
  type FloatDType,
  type Rng,
  type TensorData,
} from "../util/index.js";
import { pullback } from "./pullback.js";

/** Runs one graph on several feeds; gives the outputs of each, in the graph's order. */
export type RunGraph = (
  graph: Graph,
  feeds: readonly ReadonlyMap<Value, TensorData>[],
) => Promise<readonly (readonly TensorData[])[]>;

export interface GradCheckOptions {
  readonly rules: RuleTable;
  readonly run: RunGraph;
  readonly rng: Rng;
  /** Which inputs, by number, are constants: neither moved nor differentiated by. */
  readonly held?: readonly number[];
  /** Random directions to try; default 1 in float64, 3 in float32. */
  readonly directions?: number;
  /** Step of the central difference; default 1e-5 in float64, 5e-3 in float32. */
  readonly step?: number;
  /** Largest error as {@link GradCheck.error} counts it; default 1e-6 in float64, 5e-3 in float32. */
  readonly tolerance?: number;
}

export interface GradCheck {
  /** Of the worst direction: `|analytic − numeric| / max(|numeric|, ‖∂L/∂x ∘ v‖)`. */
  readonly error: number;
  readonly analytic: number;
  readonly numeric: number;
}

const DEFAULTS = {
  float64: { directions: 1, step: 1e-5, tolerance: 1e-6 },
  float32: { directions: 3, step: 5e-3, tolerance: 5e-3 },
} as const;

/**
 * Check gradients: with random weights r on the outputs y and random directions v of the inputs x,
 * `⟨vjp(r), v⟩` must equal `(⟨r, y(x + εv)⟩ − ⟨r, y(x − εv)⟩) / 2ε`.
 *
 * @param build what to check: makes outputs from inputs; those that are no floats are only run
 * @param inputs where to check; the float ones (float32 or float64, all of one type) are differentiated by. Keep them
 *   farther than 5 steps from kinks
 * @throws MattelierError `invalid-data` when the error exceeds the tolerance; whatever `build` and the rules throw
 */
export async function gradCheck(
  build: (b: Builder, inputs: readonly Value[]) => readonly Value[],
  inputs: readonly TensorData[],
  options: GradCheckOptions,
): Promise<GradCheck> {
  const { rules, run, rng, held = [] } = options;
  const b = new Builder(rules);
  const xs = inputs.map((input, i) => b.input(`x${i}`, input.dtype, input.shape));
  const ys = build(b, xs).filter((y) => isFloat(y.dtype));
  const varied = xs.flatMap((x, i) => (isFloat(x.dtype) && !held.includes(i) ? [{ x, at: inputs[i]! }] : []));
  const dtype = varied[0]?.at.dtype === "float32" ? "float32" : "float64";
  const { directions, step, tolerance } = { ...DEFAULTS[dtype], ...options };

  const weights = ys.map((y, i) => b.input(`weight${i}`, y.dtype, y.shape));
  const gradients = pullback(
    b,
    ys.map((y, i) => [y, weights[i]!]),
    varied.map(({ x }) => x),
  );
  // An output may be given once only, and never be an input: copies are always right.
  const outputs = [...ys, ...gradients].map((value, i) => b.named(value, `out${i}`));
  const graph = b.build(outputs);

  const weightData = weights.map((w) => normals(rng, w.dtype as FloatDType, w.shape as readonly number[]));
  const fixed: [Value, TensorData][] = [
    ...xs.map((x, i): [Value, TensorData] => [x, inputs[i]!]),
    ...weights.map((w, i): [Value, TensorData] => [w, weightData[i]!]),
  ];
  const vs = Array.from({ length: directions }, () =>
    varied.map(({ at }) => normals(rng, at.dtype as FloatDType, at.shape)),
  );
  const moved = (v: readonly TensorData[], by: number): ReadonlyMap<Value, TensorData> =>
    new Map([...fixed, ...varied.map(({ x, at }, i): [Value, TensorData] => [x, along(at, v[i]!, by)])]);
  const results = await run(graph, [new Map(fixed), ...vs.flatMap((v) => [moved(v, step), moved(v, -step)])]);

  const dxs = results[0]!.slice(ys.length);
  let worst: GradCheck = { error: 0, analytic: 0, numeric: 0 };
  vs.forEach((v, k) => {
    const [above, below] = [results[1 + 2 * k]!, results[2 + 2 * k]!];
    let numeric = 0;
    weightData.forEach((w, i) => {
      numeric += dot(w, above[i]!) - dot(w, below[i]!);
    });
    numeric /= 2 * step;
    let analytic = 0;
    let square = 0;
    dxs.forEach((dx, i) => {
      analytic += dot(dx, v[i]!);
      square += dotOfSquares(dx, v[i]!);
    });
    const scale = Math.max(Math.abs(numeric), Math.sqrt(square));
    const error = scale === 0 ? 0 : Math.abs(analytic - numeric) / scale;
    if (!(error <= worst.error)) worst = { error, analytic, numeric };
  });
  if (worst.error <= tolerance) return worst;
  throw new MattelierError({
    code: "invalid-data",
    where: "gradCheck",
    expected: `a directional derivative of ${worst.numeric} within ${tolerance}`,
    got: `${worst.analytic} (error ${worst.error})`,
  });
}

function normals(rng: Rng, dtype: FloatDType, shape: readonly number[]): TensorData {
  const data = floats(
    dtype,
    shape.reduce((n, dim) => n * dim, 1),
  );
  for (let i = 0; i < data.length; i++) data[i] = rng.normal();
  return { dtype, shape, data };
}

function along(at: TensorData, v: TensorData, by: number): TensorData {
  const data = floats(at.dtype as FloatDType, at.data.length);
  for (let i = 0; i < data.length; i++) data[i] = (at.data[i] as number) + by * (v.data[i] as number);
  return { ...at, data };
}

const floats = (dtype: FloatDType, length: number): Float32Array | Float64Array =>
  new (arrayConstructor(dtype))(length) as Float32Array | Float64Array;

function dot(a: TensorData, c: TensorData): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] as number) * (c.data[i] as number);
  return sum;
}

function dotOfSquares(a: TensorData, c: TensorData): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += ((a.data[i] as number) * (c.data[i] as number)) ** 2;
  return sum;
}
