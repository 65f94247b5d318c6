import { Tensor, toOnnx, type Node, type Value } from "../../graph/index.js";
import { attach, type StateDict } from "../../nn/index.js";
import { encodeModel } from "../../onnx/index.js";
import { createBuilder } from "../../ops/index.js";
import { createNodeSession } from "../../runtime/node.js";
import { internalError, MattelierError, type TensorData } from "../../util/index.js";
import type { ModelDefinition } from "../definition.js";

/**
 * Give batch normalisations the statistics that pictures really have, and leave what the network computes in
 * evaluation as it is: with m, v the mean and variance of what enters a normalisation and s = γ/√(σ² + ε),
 *
 *     μ' = m    σ²' = v    γ' = s·√(v + ε)    β' = β + (m − μ)·s
 *
 * so training mode, which normalises by the batch, begins where evaluation stands. For weights whose normalisation was
 * folded into convolutions (statistics 0 and 1), before they are trained on.
 *
 * @param batches of the network's normalised input [N,C,H,W], all of one shape; a few dozen pictures will do
 * @param options.only normalisations to treat, by their paths; default all
 * @returns the state with new statistics, weights and biases of normalisations
 * @throws MattelierError `invalid-argument` without a batch
 */
export async function reestimateStatistics(
  definition: ModelDefinition,
  state: StateDict,
  batches: AsyncIterable<TensorData> | Iterable<TensorData>,
  { only = () => true }: { readonly only?: ((path: string) => boolean) | undefined } = {},
): Promise<Map<string, TensorData>> {
  const moments = await momentsOver(definition, state, batches);
  const result = new Map(state);
  for (const { names, epsilon, mean, variance } of moments) {
    if (!only(names[0]!.replace(/\.weight$/, ""))) continue;
    const [weight, bias, oldMean, oldVariance] = names.map((name) => floats(state.get(name)!));
    const slope = weight!.map((gamma, c) => gamma / Math.sqrt(oldVariance![c]! + epsilon));
    const fresh = [
      slope.map((s, c) => s * Math.sqrt(variance[c]! + epsilon)),
      bias!.map((beta, c) => beta + (mean[c]! - oldMean![c]!) * slope[c]!),
      mean,
      variance,
    ];
    names.forEach((name, i) =>
      result.set(name, {
        dtype: "float32",
        shape: state.get(name)!.shape,
        data: Float32Array.from(fresh[i]!),
      }),
    );
  }
  return result;
}

interface Moments {
  /** Of weight, bias, running mean, running variance in the state. */
  readonly names: readonly string[];
  readonly epsilon: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

async function momentsOver(
  definition: ModelDefinition,
  state: StateDict,
  batches: AsyncIterable<TensorData> | Iterable<TensorData>,
): Promise<readonly Moments[]> {
  let count = 0;
  let running: { readonly model: Uint8Array; readonly norms: readonly Node[] } | undefined;
  let session: Awaited<ReturnType<typeof createNodeSession>> | undefined;
  const moments: Moments[] = [];
  try {
    for await (const batch of batches) {
      running ??= momentsGraph(definition, state, batch.shape);
      session ??= await createNodeSession(running.model);
      const outputs = await session.run({ input: batch });
      for (const [i, norm] of running.norms.entries()) {
        const mean = floats(outputs[`mean${i}`]!);
        const variance = floats(outputs[`variance${i}`]!);
        const known = moments[i];
        if (known === undefined) moments.push(begin(norm, mean, variance));
        else merge(known, count, mean, variance);
      }
      count += 1;
    }
  } finally {
    await session?.dispose();
  }
  if (count > 0) return moments;
  throw new MattelierError({
    code: "invalid-argument",
    where: `statistics of ${definition.name}`,
    expected: "pictures to estimate them on",
    got: "none",
  });
}

function begin(norm: Node, mean: Float64Array, variance: Float64Array): Moments {
  const epsilon = norm.attributes["epsilon"]?.value as number;
  return { names: norm.inputs.slice(1, 5).map((value) => value!.name), epsilon, mean, variance };
}

/** Chan's parallel moments (Chan 1983), for batches of equal size. */
function merge(into: Moments, before: number, mean: Float64Array, variance: Float64Array): void {
  const share = 1 / (before + 1);
  for (let c = 0; c < mean.length; c++) {
    const delta = mean[c]! - into.mean[c]!;
    into.mean[c]! += share * delta;
    into.variance[c]! += share * (variance[c]! - into.variance[c]!) + share * (1 - share) * delta * delta;
  }
}

/** The network in evaluation mode, giving mean and variance per channel of what enters each normalisation. */
function momentsGraph(
  definition: ModelDefinition,
  state: StateDict,
  shape: readonly number[],
): { readonly model: Uint8Array; readonly norms: readonly Node[] } {
  const b = createBuilder();
  const model = definition.create();
  const input = new Tensor(b, b.input("input", "float32", shape));
  attach(b, model, { mode: "eval", weights: "constants", state });
  model(input);
  const norms = b.nodes.filter(({ op }) => op === "BatchNormalization");
  if (norms.length === 0)
    throw internalError(definition.name, "a network with normalisations", "one without");
  const outputs: Value[] = norms.flatMap(({ inputs: [x] }, i) => {
    const axes = [...x!.shape.keys()].filter((axis) => axis !== 1);
    const mean = b.reduceMean(x!, axes);
    const off = b.sub(x!, mean);
    const flat = (value: Value): Value => b.reshape(value, [-1]);
    return [
      b.named(flat(mean), `mean${i}`),
      b.named(flat(b.reduceMean(b.mul(off, off), axes)), `variance${i}`),
    ];
  });
  return { model: encodeModel(toOnnx(b.build(outputs, "statistics"))), norms };
}

const floats = ({ data }: TensorData): Float64Array => Float64Array.from(data as Float32Array);
