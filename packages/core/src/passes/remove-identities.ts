import { producersOf, type Node, type Value } from "../graph/index.js";
import { replaceUses, type Pass } from "./pass.js";

/**
 * Drop `Identity` nodes: who read the copy reads the original. One that gives a graph output its name hands the name
 * on to the original, whoever else reads that; it stays where the original has a name to keep: it is an input, a
 * constant or a graph output itself.
 */
export const removeIdentities: Pass = {
  name: "remove-identities",
  apply(graph) {
    const isOutput = new Set(graph.outputs);
    const producers = producersOf(graph);

    const dropped = new Set<Node>();
    const readInstead = new Map<Value, Value>();
    const renamed = new Map<Value, Value>();
    const originalOf = (value: Value): Value => {
      const before = readInstead.get(value);
      return before === undefined ? value : originalOf(before);
    };
    for (const node of graph.nodes) {
      const [input] = node.inputs;
      const [output] = node.outputs;
      if (node.op !== "Identity" || input === undefined || output === undefined) continue;
      const original = originalOf(input);
      if (!isOutput.has(output)) readInstead.set(output, original);
      else if (producers.has(original) && !isOutput.has(original)) {
        renamed.set(original, output);
        readInstead.set(original, output);
      } else continue;
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
