import { readsOf, type Value } from "../graph/index.js";
import type { Pass } from "./pass.js";

/**
 * Drop nodes whose results nobody reads, and constants that only those read. Inputs stay: they are the
 * model's signature. Values that subgraphs capture count as read.
 */
export const removeDeadNodes: Pass = {
  name: "remove-dead-nodes",
  apply(graph) {
    const live = new Set<Value>(graph.outputs);
    const kept = [...graph.nodes].reverse().filter((node) => {
      if (!node.outputs.some((output) => output !== undefined && live.has(output))) return false;
      for (const value of readsOf(node)) live.add(value);
      return true;
    });
    const nodes = kept.reverse();
    const initialisers = graph.initialisers.filter((value) => live.has(value));
    const applied = graph.nodes.length - nodes.length + graph.initialisers.length - initialisers.length;
    return { graph: applied === 0 ? graph : { ...graph, nodes, initialisers }, applied, refusals: [] };
  },
};
