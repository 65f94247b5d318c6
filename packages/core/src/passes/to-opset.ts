import type { Graph, Node } from "../graph/index.js";
import { Builder } from "../graph/index.js";
import { DEFAULT_OPSET, isOpName } from "../onnx/index.js";
import { rules } from "../ops/index.js";
import { MattelierError } from "../util/index.js";

/** The oldest version that {@link toOpset} writes: LayerNormalization came with it. */
export const OLDEST_OPSET = 17;

/** Operators that came, or whose form changed, after {@link OLDEST_OPSET}, and that no older form stands for. */
const NEWER: Readonly<Record<string, number>> = { Mish: 18, GroupNormalization: 21 };

/** Attributes that came after it: a node that has one needs that version. */
const NEWER_ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AveragePool: { dilations: 19 },
  DequantizeLinear: { block_size: 21 },
  QuantizeLinear: { block_size: 21, output_dtype: 21 },
  Resize: { antialias: 18, axes: 18, keep_aspect_ratio_policy: 18 },
  Split: { num_outputs: 18 },
};

/**
 * The same model in an older version of ONNX's own operators, for runtimes that are behind: reductions get their axes
 * as an attribute (before 18), `Gelu` is spelt out (before 20). What it computes stays as it is.
 *
 * @param version {@link OLDEST_OPSET} to {@link DEFAULT_OPSET}; not above the graph's own
 * @throws MattelierError `unsupported` for an operator that the version does not have
 */
export function toOpset(graph: Graph, version: number): Graph {
  const own = graph.opsets[""] ?? DEFAULT_OPSET;
  if (version === own) return graph;
  if (!Number.isInteger(version) || version < OLDEST_OPSET || version > own)
    throw new MattelierError({
      code: "invalid-argument",
      where: "opset",
      expected: `${OLDEST_OPSET} to ${own}`,
      got: String(version),
    });
  let current: Graph = graph;
  for (const node of graph.nodes) {
    refuseNewer(node, version);
    if (node.op === "Gelu" && version < 20) current = spellOutGelu(current, node);
  }
  const nodes = current.nodes.map((node) => (version < 18 ? axesAsAttribute(node) : node));
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...current,
    nodes,
    initialisers: current.initialisers.filter((value) => read.has(value) || graph.outputs.includes(value)),
    opsets: { ...graph.opsets, "": version },
  };
}

function refuseNewer(node: Node, version: number): void {
  const { op, attributes, inputs, path } = node;
  const needed = Math.max(
    NEWER[op] ?? 0,
    ...Object.keys(attributes).map((name) => NEWER_ATTRIBUTES[op]?.[name] ?? 0),
    op === "Pad" && inputs[3] !== undefined ? 18 : 0,
    op.includes(".") || isOpName(op) ? 0 : Infinity,
  );
  if (needed <= version) return;
  throw new MattelierError({
    code: "unsupported",
    where: path === "" ? op : `${path}: ${op}`,
    expected: `operators of opset ${version}`,
    got: needed === Infinity ? "one whose history is not known" : `one in the form of opset ${needed}`,
    ...(needed === Infinity ? {} : { fix: `export with --opset ${needed}` }),
  });
}

/** Reductions whose axes became an input with opset 18 (ReduceSum's had with 13). */
const REDUCTIONS = /^Reduce(L1|L2|LogSumExp|Max|Mean|Min|Prod|SumSquare)$/;

function axesAsAttribute(node: Node): Node {
  if (!REDUCTIONS.test(node.op)) return node;
  const [x, axes] = node.inputs;
  // The attribute that says what no axes mean came with the input: before, none always meant all.
  const { noop_with_empty_axes: noop, ...attributes } = node.attributes;
  if (axes === undefined && noop?.value !== 1) return { ...node, attributes };
  if (axes?.constant === undefined)
    throw new MattelierError({
      code: "unsupported",
      where: node.path === "" ? node.op : `${node.path}: ${node.op}`,
      expected: "axes that are fixed",
      got: axes === undefined ? "none, that stand for no reduction" : "computed ones",
      fix: "export with --opset 18",
    });
  const value = Array.from(axes.constant.data as ArrayLike<number | bigint>, Number);
  return { ...node, inputs: [x], attributes: { ...attributes, axes: { kind: "ints", value } } };
}

/** `x·Φ(x) = x/2·(1 + erf(x/√2))`, or with the tanh approximation `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`. */
function spellOutGelu(graph: Graph, node: Node): Graph {
  const b = Builder.from(graph, rules);
  const [x] = node.inputs;
  const product = b.scope(node.path, () => {
    const inner =
      node.attributes["approximate"]?.value === "tanh"
        ? b.tanh(b.mul(b.add(x!, b.mul(b.mul(b.mul(x!, x!), x!), 0.044715)), Math.sqrt(2 / Math.PI)))
        : b.op("Erf", [b.div(x!, Math.SQRT2)]);
    return b.mul(b.mul(x!, 0.5), b.add(inner, 1));
  });
  const { initialisers, nodes } = b.build([product]);
  const spelt = nodes.slice(graph.nodes.length);
  // The product takes over the name and place of the Gelu's own output.
  const last = { ...spelt.at(-1)!, outputs: [node.outputs[0]] };
  return {
    ...graph,
    initialisers,
    nodes: graph.nodes.flatMap((other) => (other === node ? [...spelt.slice(0, -1), last] : [other])),
  };
}
