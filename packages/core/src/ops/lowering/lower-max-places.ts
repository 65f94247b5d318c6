import { attributesOf, Builder, type Graph, type Node } from "../../graph/index.js";
import { rules } from "../index.js";

/**
 * Have every MaxPool that tells the places of its maxima do so in float64: WebGPU's MaxPool tells none and takes no
 * float64, so that these nodes fall to the CPU. Widening is exact, so places and maxima are the same.
 */
export function lowerMaxPlaces(graph: Graph): Graph {
  if (!graph.nodes.some(tells)) return graph;
  const b = Builder.from(graph, rules);
  const nodes = graph.nodes.flatMap((node) => (tells(node) ? wideNodes(b, node) : [node]));
  return { ...b.build(graph.outputs), nodes };
}

const tells = ({ op, inputs, outputs }: Node): boolean =>
  op === "MaxPool" && outputs[1] !== undefined && inputs[0]!.dtype === "float32";

function wideNodes(b: Builder, node: Node): readonly Node[] {
  const [y, places] = node.outputs;
  const start = b.nodes.length;
  const [maxima] = b.emit("MaxPool", [b.cast(node.inputs[0]!, "float64")], attributesOf(node, "MaxPool"), 2);
  b.cast(maxima!, y!.dtype);
  const [widen, pool, narrow] = b.nodes.slice(start).map((fresh): Node => ({ ...fresh, path: node.path }));
  return [widen!, { ...pool!, outputs: [maxima, places] }, { ...narrow!, outputs: [y] }];
}
