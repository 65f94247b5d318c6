import { mapReads, verify, type Graph, type Node, type Value } from "../graph/index.js";

/** A place that a pass would have rewritten, and why it did not. */
export interface Refusal {
  readonly node: Node;
  readonly reason: string;
}

export interface PassResult {
  readonly graph: Graph;
  /** Number of places rewritten. */
  readonly applied: number;
  readonly refusals: readonly Refusal[];
}

/** A rewriting of graphs that keeps what they compute (to rounding, where it says so). Idempotent. */
export interface Pass {
  readonly name: string;
  readonly apply: (graph: Graph) => PassResult;
}

/** Apply passes in order; the refusals of all are kept. */
export function runPasses(graph: Graph, passes: readonly Pass[]): PassResult {
  let current = graph;
  let applied = 0;
  const refusals: Refusal[] = [];
  for (const pass of passes) {
    const result = pass.apply(current);
    verify(result.graph);
    current = result.graph;
    applied += result.applied;
    refusals.push(...result.refusals);
  }
  return { graph: current, applied, refusals };
}

/** The graph with some values read in place of others; chains of replacements are followed. */
export function replaceUses(graph: Graph, replacement: ReadonlyMap<Value, Value>): Graph {
  if (replacement.size === 0) return graph;
  const final = (value: Value): Value => {
    const next = replacement.get(value);
    return next === undefined ? value : final(next);
  };
  return {
    ...graph,
    nodes: graph.nodes.map((node) => mapReads(node, final)),
    outputs: graph.outputs.map(final),
  };
}

/** Names for new values of a graph: each call gives one that no value bears. */
export function nameMaker(graph: Graph): (stem: string) => string {
  const taken = new Set<string>();
  for (const value of [...graph.inputs, ...graph.initialisers]) taken.add(value.name);
  for (const node of graph.nodes) for (const output of node.outputs) if (output) taken.add(output.name);
  return (stem) => {
    let name = stem;
    for (let i = 1; taken.has(name); i++) name = `${stem}_${i}`;
    taken.add(name);
    return name;
  };
}
