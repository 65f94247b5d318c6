import type { StateDict } from "../../checkpoint/index.js";
import type { Graph, Value } from "../../graph/index.js";
import { asDtype, tensorFrom, type TensorData } from "../../util/index.js";
import { layersOf, type Leaf, type Normalisation, type WeightedLayer } from "./layers-of.js";

export interface StructureMatch {
  readonly stateDict: StateDict;
  /** Layers that were paired, and those that the network has for these outputs. */
  readonly paired: number;
  readonly layers: number;
  /** The first pair that does not fit, in words. */
  readonly misfit: string | undefined;
  /** Batch normalisations of the network that the file has folded into its convolutions: loaded as identities. */
  readonly folded: number;
}

/** An output of the network and the file's output that is the same. */
export type OutputPair = readonly [own: Value, file: Value];

/**
 * Read a network's weights out of a published graph whose names say nothing: both graphs are walked back from outputs
 * that are the same, which meets their layers in the same order, and each layer takes its counterpart's weights.
 *
 * A batch normalisation that the file has folded into a convolution, W' = s·W and b', becomes an identity after that
 * convolution: γ = √(1 + ε), μ = 0, σ² = 1, and β = b' where the convolution has no bias of its own. What the
 * network computes in evaluation is the same; before training, its statistics are to be re-estimated.
 *
 * @param own the network, traced with its parameters as inputs that bear their paths
 * @param isParameter tells those inputs from the picture
 */
export function matchStructure(
  own: Graph,
  file: Graph,
  {
    outputs,
    isParameter,
  }: { readonly outputs: readonly OutputPair[]; readonly isParameter: (v: Value) => boolean },
): StructureMatch {
  const ours = layersOf(
    own,
    outputs.map(([value]) => value),
    isParameter,
  );
  const theirs = layersOf(
    file,
    outputs.map(([, value]) => value),
  );
  const stateDict = new Map<string, TensorData>();
  let [paired, folded] = [0, 0];
  for (const [i, layer] of ours.entries()) {
    const other = theirs[i];
    const misfit = whyNot(layer, other);
    if (misfit !== undefined || other === undefined)
      return { stateDict, paired, layers: ours.length, misfit: `layer ${i + 1}: ${misfit}`, folded };
    if (pair(layer, other, stateDict)) folded += 1;
    paired += 1;
  }
  const more = theirs.length - ours.length;
  const misfit = more === 0 ? undefined : `${more} layers more in the file than in the network`;
  return { stateDict, paired, layers: ours.length, misfit, folded };
}

function whyNot(own: WeightedLayer, file: WeightedLayer | undefined): string | undefined {
  const wanted = `${own.where}, ${own.signature}`;
  if (file === undefined) return `${wanted}, has no counterpart: the file has fewer layers`;
  if (own.signature !== file.signature) return `${wanted}, meets ${file.where}, ${file.signature}`;
  if (own.norm === undefined && file.norm !== undefined)
    return `${wanted}, is followed by a normalisation in the file only`;
  if (own.bias === undefined && own.norm === undefined && file.bias !== undefined)
    return `${wanted}, has a bias in the file only`;
  return undefined;
}

/** Take over a layer's weights. @returns whether its normalisation was folded in the file */
function pair(own: WeightedLayer, file: WeightedLayer, into: Map<string, TensorData>): boolean {
  const put = (leaf: Leaf, tensor: TensorData): void => void into.set(leaf.name, tensor);
  if (own.weight !== undefined) put(own.weight, contentsFor(own.weight, file.weight!));
  const bias = file.bias && contentsFor(file.bias, file.bias);
  const { norm } = own;
  const isFolded = norm !== undefined && file.norm === undefined;
  if (own.bias !== undefined) put(own.bias, bias ?? filled(own.bias, 0));
  if (isFolded) {
    const [weight, shift, mean, variance] = norm.leaves;
    put(weight, filled(weight, Math.sqrt(1 + norm.epsilon)));
    put(shift, own.bias === undefined && bias !== undefined ? bias : filled(shift, 0));
    put(mean, filled(mean, 0));
    put(variance, filled(variance, 1));
  } else if (norm !== undefined)
    copyNorm(norm, file.norm!, bias && own.bias === undefined ? bias : undefined, put);
  return isFolded;
}

/** The same normalisation; a bias before it that the network has no place for moves into the mean. */
function copyNorm(
  own: Normalisation,
  file: Normalisation,
  bias: TensorData | undefined,
  put: (leaf: Leaf, tensor: TensorData) => void,
): void {
  own.leaves.forEach((leaf, i) => {
    const tensor = contentsFor(leaf, file.leaves[i]!);
    const [mean, variance] = [i === 2 && bias !== undefined, i === 3 && own.epsilon !== file.epsilon];
    const shift = mean ? (c: number) => -(bias!.data as Float32Array)[c]! : () => file.epsilon - own.epsilon;
    const data = tensor.data as Float32Array;
    put(leaf, mean || variance ? { ...tensor, data: data.map((x, c) => x + shift(c)) } : tensor);
  });
}

/** A leaf's contents as float32, its axes as the place has them. */
function contentsFor(place: Leaf, source: Leaf): TensorData {
  const tensor = asDtype(source.tensor!, "float32");
  if (place.swapped === source.swapped) return tensor;
  const [rows, columns] = tensor.shape as [number, number];
  const from = tensor.data as Float32Array;
  const data = new Float32Array(from.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) data[c * rows + r] = from[r * columns + c]!;
  return { dtype: "float32", shape: [columns, rows], data };
}

const filled = ({ shape }: Leaf, value: number): TensorData =>
  tensorFrom("float32", shape, new Float32Array(shape.reduce((n, dim) => n * dim, 1)).fill(value));
