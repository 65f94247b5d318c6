import { isOpName, splitOpName, type OpName } from "../onnx/operators.js";
import { MattelierError } from "../util/errors.js";
import { sameShape, type Dim } from "./dim.js";
import { attributesOf, mapReads, type Graph, type Node } from "./graph.js";
import type { OpRule, RuleTable } from "./builder.js";
import type { InferContext } from "./rule.js";
import { Value, type ValueType } from "./value.js";

/** What an operator's rule sees of a node; undefined when the operator is unknown or an input's type is. */
export function contextOf(
  node: Node,
  opsets: Readonly<Record<string, number>>,
): { op: OpName; context: InferContext<OpName> } | undefined {
  if (!isOpName(node.op)) return undefined;
  if (node.inputs.some((input) => input !== undefined && input.type === undefined)) return undefined;
  const context = {
    inputs: node.inputs,
    attrs: attributesOf(node, node.op),
    outputCount: node.outputs.length,
    opset: opsets[splitOpName(node.op).domain] ?? 1,
  };
  return { op: node.op, context };
}

/**
 * Give every value the type that the rules infer, for graphs that come from files. Types that the file
 * states are replaced only by inferred ones; what no rule covers keeps the file's.
 *
 * @param bind sizes for symbols of the inputs' shapes, such as `{ batch: 1 }`
 * @param onRefusal called with what a rule throws; that node's outputs then keep the file's types
 * @throws MattelierError as rules do, unless there is an `onRefusal`
 */
export function inferTypes(
  graph: Graph,
  rules: RuleTable,
  bind: Readonly<Record<string, number>> = {},
  onRefusal?: (node: Node, error: MattelierError) => void,
): Graph {
  const fresh = new Map<Value, Value>();
  const now = (value: Value): Value => fresh.get(value) ?? value;

  const inputs = graph.inputs.map((input) => {
    if (input.type === undefined) return input;
    const shape = input.type.shape.map((dim) => (typeof dim === "string" ? (bind[dim] ?? dim) : dim));
    if (sameShape(shape, input.type.shape)) return input;
    const bound = new Value(input.name, { dtype: input.type.dtype, shape }, input);
    fresh.set(input, bound);
    return bound;
  });

  const nodes = graph.nodes.map((node): Node => {
    const updated = mapReads(node, now);
    const found = contextOf(updated, graph.opsets);
    if (found === undefined) return updated;
    const rule: OpRule = rules[found.op];
    let types: readonly ValueType[];
    let known: readonly Dim[] | undefined;
    try {
      const inferred = rule.infer(found.context);
      types = "dtype" in inferred ? [inferred] : inferred;
      known = rule.inferData?.(found.context);
    } catch (error) {
      if (onRefusal === undefined || !(error instanceof MattelierError)) throw error;
      onRefusal(updated, error);
      return updated;
    }
    const outputs = node.outputs.map((output, i) => {
      const type = types[i];
      if (output === undefined || type === undefined) return output;
      const value = new Value(output.name, type, {
        constant: output.constant,
        known: i === 0 ? known : undefined,
      });
      fresh.set(output, value);
      return value;
    });
    return { ...updated, outputs };
  });

  return { ...graph, inputs, nodes, outputs: graph.outputs.map(now) };
}
