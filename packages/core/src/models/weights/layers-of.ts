import { attributesOf, producersOf, usesOf, type Graph, type Node, type Value } from "../../graph/index.js";
import type { TensorData } from "../../util/index.js";

/** Stored contents, or the place for them, that a layer reads. */
export interface Leaf {
  /** Of the initialiser, or of the graph input that stands for a parameter. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined for a place. */
  readonly tensor: TensorData | undefined;
  /** Whether the layer reads it with its two axes swapped: shape is as the layer's kind has it. */
  readonly swapped: boolean;
}

export interface Normalisation {
  /** weight, bias, running mean, running variance */
  readonly leaves: readonly [Leaf, Leaf, Leaf, Leaf];
  readonly epsilon: number;
}

/** One layer with weights. */
export interface WeightedLayer {
  /** What two layers must share to be the same: operator, shape of the weights, how the window slides. */
  readonly signature: string;
  /** For people: the module's path, or the node's name. */
  readonly where: string;
  readonly weight: Leaf | undefined;
  readonly bias: Leaf | undefined;
  /** The batch normalisation after it; alone where it follows no convolution. */
  readonly norm: Normalisation | undefined;
}

/**
 * The layers with weights that some outputs need, in the order in which a walk back from the outputs, inputs first,
 * leaves them. The order depends on how layers feed each other, not on how the file lists them, so two graphs of one
 * network agree on it.
 * @param isPlace graph inputs that stand for parameters
 */
export function layersOf(
  graph: Graph,
  outputs: readonly Value[],
  isPlace: (value: Value) => boolean = () => false,
): WeightedLayer[] {
  const walk = new Walk(graph, isPlace);
  for (const output of outputs) walk.visit(output);
  return walk.layers;
}

class Walk {
  readonly layers: WeightedLayer[] = [];
  readonly #producers: ReadonlyMap<Value, Node>;
  readonly #uses: ReadonlyMap<Value, readonly Node[]>;
  readonly #isPlace: (value: Value) => boolean;
  readonly #seen = new Set<Node>();
  /** Nodes that have become part of a layer before them. */
  readonly #taken = new Set<Node>();

  constructor(graph: Graph, isPlace: (value: Value) => boolean) {
    this.#producers = producersOf(graph);
    this.#uses = usesOf(graph);
    this.#isPlace = isPlace;
  }

  visit(value: Value): void {
    const node = this.#producers.get(value);
    // Sizes are read off other tensors: what those hold plays no part.
    if (node === undefined || node.op === "Shape" || this.#seen.has(node)) return;
    this.#seen.add(node);
    for (const input of node.inputs) if (input !== undefined) this.visit(input);
    if (!this.#taken.has(node)) this.#layer(node);
  }

  #layer(node: Node): void {
    const { op, path } = node;
    const where = path === "" ? (node.outputs[0]?.name ?? op) : path;
    if (op === "BatchNormalization") {
      const norm = this.#norm(node);
      if (norm !== undefined)
        this.#add({
          signature: `${op} [${norm.leaves[0].shape.join(",")}]`,
          where,
          weight: undefined,
          bias: undefined,
          norm,
        });
    } else if (op === "Conv" || op === "ConvTranspose") {
      const weight = this.#leaf(node.inputs[1]);
      if (weight === undefined) return;
      const bias = this.#leaf(node.inputs[2]);
      const after = this.#onlyUse(node.outputs[0]);
      const norm = after?.op === "BatchNormalization" ? this.#norm(after) : undefined;
      if (norm !== undefined) this.#taken.add(after!);
      this.#add({
        signature: `${op} [${weight.shape.join(",")}]${windowOf(node)}`,
        where,
        weight,
        bias,
        norm,
      });
    } else if (op === "Gemm") {
      const { transB = 0 } = attributesOf(node, "Gemm");
      const weight = this.#leaf(node.inputs[1]);
      if (weight?.shape.length !== 2) return;
      const outIn = transB === 1 ? weight : swap(weight);
      this.#linear(where, outIn, this.#leaf(node.inputs[2]));
    } else if (op === "MatMul") {
      const weight = this.#leaf(node.inputs[1]);
      if (weight?.shape.length !== 2) return;
      const after = this.#onlyUse(node.outputs[0]);
      const bias =
        after?.op === "Add"
          ? after.inputs.map((value) => this.#leaf(value)).find((leaf) => leaf?.shape.length === 1)
          : undefined;
      this.#linear(where, swap(weight), bias);
    } else if (op === "LayerNormalization" || op === "PRelu") {
      const weight = this.#leaf(node.inputs[1]);
      if (weight === undefined) return;
      const bias = this.#leaf(node.inputs[2]);
      this.#add({ signature: `${op} [${weight.shape.join(",")}]`, where, weight, bias, norm: undefined });
    }
  }

  #linear(where: string, weight: Leaf, bias: Leaf | undefined): void {
    this.#add({ signature: `Linear [${weight.shape.join(",")}]`, where, weight, bias, norm: undefined });
  }

  #add(layer: WeightedLayer): void {
    this.layers.push(layer);
  }

  #norm(node: Node): Normalisation | undefined {
    const leaves = node.inputs.slice(1, 5).map((value) => this.#leaf(value));
    if (leaves.length !== 4 || !leaves.every((leaf) => leaf !== undefined)) return undefined;
    const { epsilon = 1e-5 } = attributesOf(node, "BatchNormalization");
    return { leaves: leaves as [Leaf, Leaf, Leaf, Leaf], epsilon };
  }

  /** What is stored behind a value, seen through casts and transposes. */
  #leaf(value: Value | undefined): Leaf | undefined {
    if (value === undefined) return undefined;
    const { name, constant } = value;
    if (constant !== undefined) return { name, shape: constant.shape, tensor: constant, swapped: false };
    if (this.#isPlace(value))
      return { name, shape: value.shape as readonly number[], tensor: undefined, swapped: false };
    const node = this.#producers.get(value);
    if (node === undefined) return undefined;
    const { op, inputs, attributes } = node;
    if (op === "Constant") {
      const stored = attributes["value"];
      if (stored?.kind !== "tensor") return undefined;
      return { name, shape: stored.value.shape, tensor: stored.value, swapped: false };
    }
    const behind =
      op === "Cast" || op === "Identity" || op === "Transpose" ? this.#leaf(inputs[0]) : undefined;
    if (behind === undefined || op !== "Transpose") return behind;
    return attributesOf(node, "Transpose").perm?.join() === "1,0" ? swap(behind) : undefined;
  }

  #onlyUse(value: Value | undefined): Node | undefined {
    const uses = value === undefined ? [] : (this.#uses.get(value) ?? []);
    return uses.length === 1 ? uses[0] : undefined;
  }
}

const swap = ({ shape, swapped, ...leaf }: Leaf): Leaf => ({
  ...leaf,
  shape: shape.toReversed(),
  swapped: !swapped,
});

/** How a convolution's window slides, where it is not the plain way. Padding is left out: exporters move it about. */
function windowOf(node: Node): string {
  const { strides = [], dilations = [], group = 1 } = attributesOf(node, node.op as "Conv");
  const not1 = (name: string, values: readonly number[]): string =>
    values.some((n) => n !== 1) ? ` ${name} ${values.join("x")}` : "";
  return `${not1("stride", strides)}${not1("dilation", dilations)}${group === 1 ? "" : ` groups ${group}`}`;
}
