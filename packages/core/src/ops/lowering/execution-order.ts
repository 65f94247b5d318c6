import { producersOf, readsOf, type Graph, type Node } from "../../graph/index.js";

/**
 * The nodes in an order that makes ONNX Runtime's executor (1.30) run them about as they stand in `graph`. It does not
 * go by the file: from the last node that nothing reads to the first, it runs each after what it needs, and of several
 * needs, with all that they need, the last in the file first. A training graph as it was recorded would run back to the
 * first layer before it came to the weight gradients of the last, with every map kept that these read; and it would make
 * the masks of all rectifiers before it used one. So here every node stands as early as it can, and of those that
 * can stand, what was recorded last comes first; the nodes that nothing reads come at the end, last ones first.
 */
export function orderForExecution(graph: Graph): Graph {
  const { nodes } = graph;
  const producers = producersOf(graph);
  const places = new Map(nodes.map((node, place) => [node, place]));
  const readers: number[][] = nodes.map(() => []);
  const missing = nodes.map((node, place) => {
    const needs = new Set(readsOf(node).flatMap((value) => producers.get(value) ?? []));
    for (const need of needs) readers[places.get(need)!]!.push(place);
    return needs.size;
  });

  const ready = nodes.flatMap((_, place) => (missing[place] === 0 ? [place] : [])); // ascending
  const ordered: Node[] = [];
  const unread = nodes.filter((_, place) => readers[place]!.length === 0);
  for (let place = ready.pop(); place !== undefined; place = ready.pop()) {
    if (readers[place]!.length > 0) ordered.push(nodes[place]!);
    for (const reader of readers[place]!) {
      missing[reader]! -= 1;
      if (missing[reader] === 0) ready.splice(firstAbove(ready, reader), 0, reader);
    }
  }
  return { ...graph, nodes: [...ordered, ...unread.toReversed()] };
}

/** The first index of an ascending list whose entry is greater than `value`. */
function firstAbove(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
