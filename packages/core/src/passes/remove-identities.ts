import { usesOf, type Node, type Value } from "../graph/index.js";
import { replaceUses, type Pass } from "./pass.js";

/**
 * Drop `Identity` nodes: who read the copy reads the original. One that gives a graph output its name takes over
 * the name at the producer when nobody else reads the original, and stays otherwise.
 */
export const removeIdentities: Pass = {
  name: "remove-identities",
  apply(graph) {
    const isOutput = new Set(graph.outputs);
    const uses = usesOf(graph);
    const producers = new Map<Value, Node>();
    for (const node of graph.nodes) for (const out of node.outputs) if (out) producers.set(out, node);

    const dropped = new Set<Node>();
    const readInstead = new Map<Value, Value>();
    const renamed = new Map<Value, Value>();
    for (const node of graph.nodes) {
      const [input] = node.inputs;
      const [output] = node.outputs;
      if (node.op !== "Identity" || input === undefined || output === undefined) continue;
      if (!isOutput.has(output)) readInstead.set(output, input);
      else if (
        producers.has(input) &&
        uses.get(input)!.length === 1 &&
        !isOutput.has(input) &&
        !readInstead.has(input)
      )
        renamed.set(input, output);
      else continue;
      dropped.add(node);
    }
    if (dropped.size === 0) return { graph, applied: 0, refusals: [] };
    const nodes = graph.nodes
      .filter((node) => !dropped.has(node))
      .map((node) =>
        node.outputs.some((out) => out !== undefined && renamed.has(out))
          ? { ...node, outputs: node.outputs.map((out) => out && (renamed.get(out) ?? out)) }
          : node,
      );
    return { graph: replaceUses({ ...graph, nodes }, readInstead), applied: dropped.size, refusals: [] };
  },
};
