import { attributesOf, Builder, mapReads, type Graph, type Node, type Value } from "../../graph/index.js";
import { rules } from "../index.js";
import { perChannel } from "../normalisation/channels.js";

const OP = "BatchNormalization";

/**
 * Write every BatchNormalization in training mode as means, products and sums: for providers that have the operator
 * for inference only (WebGPU's).
 */
export function lowerTrainingBatchNorm(graph: Graph): Graph {
  const isTraining = (node: Node): boolean => node.op === OP && attributesOf(node, OP).training_mode === 1;
  if (!graph.nodes.some(isTraining)) return graph;
  const b = Builder.from(graph, rules);
  const nodes = graph.nodes.flatMap((node) => (isTraining(node) ? standardNodes(b, node) : [node]));
  return { ...b.build(graph.outputs), nodes };
}

/** Nodes that make the same outputs. */
function standardNodes(b: Builder, node: Node): readonly Node[] {
  const [x, scale, bias, ...running] = node.inputs as readonly [Value, Value, Value, Value, Value];
  const { epsilon = 1e-5, momentum = 0.9 } = attributesOf(node, OP);
  const start = b.nodes.length;

  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  const centre = b.reduceMean(x, axes);
  const apart = b.sub(x, centre);
  const spread = b.reduceMean(b.mul(apart, apart), axes);
  const slope = b.div(perChannel(b, scale, x), b.sqrt(b.add(spread, epsilon)));
  const y = b.add(b.mul(apart, slope), perChannel(b, bias, x));
  const statistics = [centre, spread].map((batch, i) => {
    const own = b.reshape(batch, [-1]);
    return momentum === 0 ? own : b.add(b.mul(own, 1 - momentum), b.mul(running[i]!, momentum));
  });

  const names = new Map<Value, Value>();
  [y, ...statistics].forEach((value, i) => {
    const output = node.outputs[i];
    if (output !== undefined) names.set(value, output);
  });
  const named = (value: Value): Value => names.get(value) ?? value;
  return b.nodes.slice(start).map((made) => ({
    ...mapReads(made, named),
    outputs: made.outputs.map((output) => output && named(output)),
    path: node.path,
  }));
}
