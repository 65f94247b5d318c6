import { typedAttributes, type Graph, type Node } from "../graph/index.js";
import { numbersOf } from "../util/index.js";

/**
 * A network that has no kinks, for comparing training steps: softplus in the place of rectifiers (ReLU, ReLU6), average
 * pooling in that of max pooling. A gradient's mask or chosen place hangs on the rounding of numbers next to a kink,
 * and one that flips in a map of a few pixels moves every gradient before it by a hundredth; a smooth network's
 * gradients are wrong only where something is wrong.
 */
export function withoutKinks(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.map(standIn) };
}

function standIn(node: Node): Node {
  if (node.op === "Relu" || isRelu6(node))
    return { ...node, op: "Softplus", inputs: node.inputs.slice(0, 1), attributes: {} };
  if (node.op !== "MaxPool") return node;
  return { ...node, op: "AveragePool", attributes: { ...node.attributes, ...EDGES } };
}

/** Losses clip too. */
function isRelu6({ op, inputs }: Node): boolean {
  const top = op === "Clip" ? inputs[2]?.constant : undefined;
  return top !== undefined && numbersOf(top)[0] === 6;
}

/** Padding counts for nothing, as in max pooling. */
const EDGES = typedAttributes("AveragePool", { count_include_pad: 0 });
