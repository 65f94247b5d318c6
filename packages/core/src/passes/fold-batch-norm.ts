import { attributesOf, producersOf, usesOf, Value, type Graph, type Node } from "../graph/index.js";
import { sizeOf, type TensorData } from "../util/index.js";
import { nameMaker, type Pass, type Refusal } from "./pass.js";
import { removeDeadNodes } from "./remove-dead-nodes.js";

/**
 * Batch normalisation in evaluation mode, folded into the convolution before it:
 *
 *     y = γ·(W∗x + b − μ)/√(σ² + ε) + β  =  (s·W)∗x + (b − μ)·s + β,   s = γ/√(σ² + ε)
 *
 * Exact but for rounding; s is computed in double precision. Applies to Conv and ConvTranspose with constant
 * float32 or float64 weights whose result nothing else reads.
 */
export const foldBatchNorm: Pass = {
  name: "fold-batch-norm",
  apply(graph) {
    const producers = producersOf(graph);
    const uses = usesOf(graph);
    const outputs = new Set(graph.outputs);
    const freshName = nameMaker(graph);
    const refusals: Refusal[] = [];
    const replacement = new Map<Node, Node | undefined>();
    const constants: Value[] = [];
    const done = new Map<Value, readonly FoldedPair[]>();

    for (const norm of graph.nodes) {
      if (norm.op !== "BatchNormalization") continue;
      const conv = norm.inputs[0] && producers.get(norm.inputs[0]);
      const reason = whyNot(norm, conv, (value) => uses.get(value)!.length === 1 && !outputs.has(value));
      if (reason !== undefined) refusals.push({ node: norm, reason });
      if (reason !== undefined || conv === undefined) continue;

      // A network that is applied twice shares its weights, and so does what they fold into.
      const weightOf = conv.inputs[1]!;
      const before = done.get(weightOf)?.find((pair) => isSamePair(pair, { conv, norm }));
      const values = before?.values ?? foldedValues({ conv, norm }, freshName);
      if (before === undefined) {
        done.set(weightOf, [...(done.get(weightOf) ?? []), { conv, norm, values }]);
        constants.push(...values);
      }
      replacement.set(conv, { ...conv, inputs: [conv.inputs[0], ...values], outputs: [norm.outputs[0]] });
      replacement.set(norm, undefined);
    }
    if (constants.length === 0) return { graph, applied: 0, refusals };

    const folded: Graph = {
      ...graph,
      initialisers: [...graph.initialisers, ...constants],
      nodes: graph.nodes.flatMap((node) => {
        const now = replacement.has(node) ? replacement.get(node) : node;
        return now === undefined ? [] : [now];
      }),
    };
    return { graph: removeDeadNodes.apply(folded).graph, applied: replacement.size / 2, refusals };
  },
};

/** Why a batch normalisation cannot go into what is before it; undefined when it can. */
function whyNot(
  norm: Node,
  conv: Node | undefined,
  onlyUsedOnce: (value: Value) => boolean,
): string | undefined {
  if (attributesOf(norm, "BatchNormalization").training_mode === 1) return "it is in training mode";
  if (conv?.op !== "Conv" && conv?.op !== "ConvTranspose")
    return `it follows ${conv?.op ?? "a graph input"}, not a convolution`;
  if (!onlyUsedOnce(norm.inputs[0]!)) return "the convolution's result is read elsewhere too";
  const parameters = [...norm.inputs.slice(1), ...conv.inputs.slice(1)].filter((v) => v !== undefined);
  const variable = parameters.find((value) => value.constant === undefined);
  if (variable !== undefined) return `${variable.name} is not constant`;
  const odd = parameters.find(({ dtype }) => dtype !== "float32" && dtype !== "float64");
  return odd === undefined ? undefined : `${odd.name} is ${odd.dtype}; float32 or float64 can be folded`;
}

/** A convolution and the normalisation behind it. */
interface Pair {
  readonly conv: Node;
  readonly norm: Node;
}
interface FoldedPair extends Pair {
  readonly values: readonly Value[];
}

/** Whether two pairs compute with the same constants. */
function isSamePair(a: Pair, b: Pair): boolean {
  const same = (x: Node, y: Node): boolean =>
    x.op === y.op &&
    x.inputs.length === y.inputs.length &&
    x.inputs.slice(1).every((v, i) => v === y.inputs[i + 1]);
  const epsilon = ({ norm }: Pair): number | undefined => attributesOf(norm, "BatchNormalization").epsilon;
  return same(a.conv, b.conv) && same(a.norm, b.norm) && epsilon(a) === epsilon(b);
}

function foldedValues({ conv, norm }: Pair, freshName: (wanted: string) => string): readonly Value[] {
  const [weight, bias] = foldedWeights(conv, norm);
  const stem = conv.inputs[1]!.name;
  return [
    new Value(freshName(`${stem}.folded`), weight, { constant: weight }),
    new Value(freshName(`${stem}.folded_bias`), bias, { constant: bias }),
  ];
}

function foldedWeights(conv: Node, norm: Node): readonly [weight: TensorData, bias: TensorData] {
  const { epsilon = 1e-5 } = attributesOf(norm, "BatchNormalization");
  const [gamma, beta, mean, variance] = norm.inputs.slice(1).map((value) => floats(value!.constant!));
  const weight = conv.inputs[1]!.constant!;
  const oldBias = conv.inputs[2]?.constant;
  const channels = gamma!.length;
  const scale = Float64Array.from(gamma!, (g, c) => g / Math.sqrt(variance![c]! + epsilon));

  const ArrayType = weight.dtype === "float64" ? Float64Array : Float32Array;
  const data = ArrayType.from(floats(weight));
  if (conv.op === "Conv") {
    // [Co, Ci/g, ...]
    const perChannel = sizeOf(weight.shape.slice(1));
    for (let i = 0; i < data.length; i++) data[i]! *= scale[Math.floor(i / perChannel)]!;
  } else {
    // [Ci, Co/g, ...]: input channel i belongs to group ⌊i·g/Ci⌋
    const [inputs, perGroup] = weight.shape as [number, number];
    const taps = sizeOf(weight.shape.slice(2));
    const groups = channels / perGroup;
    for (let i = 0; i < data.length; i++) {
      const group = Math.floor((Math.floor(i / (taps * perGroup)) * groups) / inputs);
      data[i]! *= scale[group * perGroup + (Math.floor(i / taps) % perGroup)]!;
    }
  }
  const bias = new ArrayType(channels);
  for (let c = 0; c < channels; c++) {
    const old = oldBias === undefined ? 0 : floats(oldBias)[c]!;
    bias[c] = (old - mean![c]!) * scale[c]! + beta![c]!;
  }
  return [
    { dtype: weight.dtype, shape: weight.shape, data },
    { dtype: weight.dtype, shape: [channels], data: bias },
  ];
}

const floats = ({ data }: TensorData): Float32Array | Float64Array => data as Float32Array | Float64Array;
