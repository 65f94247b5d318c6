import { attributesOf, Builder, type Graph, type Node, type Value } from "../../graph/index.js";
import { rules } from "../index.js";
import { multiplyInStandardOperators } from "../linear/multiply-transposed.js";

const FUSED = "com.microsoft.FusedMatMul";

/**
 * Write every `com.microsoft.FusedMatMul` of a graph as Transpose, MatMul and Mul: for providers other than the CPU's,
 * and for other runtimes.
 */
export function lowerFusedProducts(graph: Graph): Graph {
  if (!graph.nodes.some(({ op }) => op === FUSED)) return graph;
  const b = Builder.from(graph, rules);
  const nodes = graph.nodes.flatMap((node) => (node.op === FUSED ? standardNodes(b, node) : [node]));
  return { ...b.build(graph.outputs), nodes };
}

/** The last of the new nodes makes the old one's output. */
function standardNodes(b: Builder, node: Node): readonly Node[] {
  const { alpha = 1, transA, transB, transBatchA, transBatchB } = attributesOf(node, FUSED);
  const start = b.nodes.length;
  const left = rolled(b, node.inputs[0]!, transBatchA === 1);
  const right = rolled(b, node.inputs[1]!, transBatchB === 1);
  // A vector has nothing to transpose.
  const how = { alpha, transA: transA === 1 && left.rank > 1, transB: transB === 1 && right.rank > 1 };
  multiplyInStandardOperators(b, left, right, how);
  const made = b.nodes.slice(start).map((fresh): Node => ({ ...fresh, path: node.path }));
  return [...made.slice(0, -1), { ...made.at(-1)!, outputs: node.outputs }];
}

/** [M, batch…, K] as [batch…, M, K]. */
function rolled(b: Builder, x: Value, isRolled: boolean): Value {
  if (!isRolled) return x;
  const axes = Array.from({ length: x.rank }, (_, i) => i);
  return b.transpose(x, [...axes.slice(1, -1), 0, x.rank - 1]);
}
