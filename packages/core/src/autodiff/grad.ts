import { Builder, mapReads, Value, type Graph, type Node, type RuleTable } from "../graph/index.js";
import { MattelierError } from "../util/index.js";
import { gradients, type GradientOptions } from "./pullback.js";

export interface GradOptions extends GradientOptions {
  readonly rules: RuleTable;
}

/** The oldest operator set whose operators mix with those that gradient rules emit. */
const OLDEST_OPSET = 18;

/**
 * The graph with the gradients of a scalar loss as further outputs, in the order of `wrt`, named `grad/` + the
 * value's name.
 *
 * @param loss a value of the graph: one float
 * @param wrt values of the graph, usually inputs
 * @throws MattelierError as {@link gradients}; `unsupported` for a graph in an operator set older than 18
 */
export function grad(graph: Graph, loss: Value, wrt: readonly Value[], options: GradOptions): Graph {
  const opset = graph.opsets[""] ?? 0;
  if (opset < OLDEST_OPSET)
    throw new MattelierError({
      code: "unsupported",
      where: `gradient of graph ${graph.name}`,
      expected: `ONNX operator set ${OLDEST_OPSET} or newer`,
      got: String(opset),
      fix: "export the model again with a newer operator set",
    });
  const b = Builder.from(graph, options.rules);
  const results = gradients(b, loss, wrt, options);

  // A gradient gets its name in place. One that serves twice, or is no node's output of ours, needs a copy.
  const given = new Set([...graph.outputs, ...graph.nodes.flatMap((node) => node.outputs)]);
  const made = new Set(b.nodes.flatMap((node) => node.outputs));
  const renamed = new Map<Value, Value>();
  const outputs = results.map((value, i) => {
    const name = `grad/${wrt[i]!.name}`;
    if (!made.has(value) || given.has(value) || renamed.has(value)) return b.named(value, name);
    const fresh = new Value(name, value.type, value);
    renamed.set(value, fresh);
    return fresh;
  });
  const now = <T extends Value | undefined>(value: T): T | Value => (value && renamed.get(value)) ?? value;
  const built = b.build([...graph.outputs, ...outputs]);
  const nodes = built.nodes.map((node): Node => {
    const read = mapReads(node, now);
    return read.outputs.some((output) => output !== undefined && renamed.has(output))
      ? { ...read, outputs: read.outputs.map(now) }
      : read;
  });
  return { ...built, nodes };
}
