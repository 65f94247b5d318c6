import { Value, type Attribute, type Graph, type Node } from "../graph/index.js";
import { DATA_TYPE_CODES } from "../onnx/index.js";
import { asDtype } from "../util/index.js";
import type { Pass } from "./pass.js";

/**
 * Half precision becomes single precision: weights, inputs, outputs and all between. Results are those of the half
 * precision model without its rounding. For processors without arithmetic on halves, where the runtime would put
 * conversions around every operator. Refuses graphs with subgraphs, whose values it does not see.
 */
export const toFloat32: Pass = {
  name: "to-float32",
  apply(graph) {
    const hidden = graph.nodes.find(hasSubgraph);
    if (hidden !== undefined)
      return { graph, applied: 0, refusals: [{ node: hidden, reason: "its subgraphs may hold halves too" }] };
    let applied = 0;
    const seen = new Map<Value, Value>();
    const widen = (value: Value): Value => {
      let wide = seen.get(value);
      if (wide !== undefined) return wide;
      wide = wideValue(value);
      if (wide !== value) applied++;
      seen.set(value, wide);
      return wide;
    };
    const nodes = graph.nodes.map((node): Node => {
      const attributes = wideAttributes(node);
      if (attributes !== node.attributes) applied++;
      const inputs = node.inputs.map((value) => value && widen(value));
      const outputs = node.outputs.map((value) => value && widen(value));
      return { ...node, inputs, outputs, attributes };
    });
    const result: Graph = {
      ...graph,
      nodes,
      inputs: graph.inputs.map(widen),
      outputs: graph.outputs.map(widen),
      initialisers: graph.initialisers.map(widen),
    };
    return { graph: applied === 0 ? graph : result, applied, refusals: [] };
  },
};

const hasSubgraph = ({ op, attributes }: Node): boolean =>
  op !== "Constant" && Object.values(attributes).some(({ kind }) => kind === "opaque");

function wideValue(value: Value): Value {
  const { name, type, constant, known } = value;
  if ((constant?.dtype ?? type?.dtype) !== "float16") return value;
  return new Value(name, type && { ...type, dtype: "float32" }, {
    constant: constant && asDtype(constant, "float32"),
    known,
  });
}

/** Tensors among the attributes, and the element types that `Cast` and the makers of tensors name. */
function wideAttributes({ op, attributes }: Node): Node["attributes"] {
  const changed = Object.entries(attributes).flatMap(([name, attribute]): [string, Attribute][] => {
    if (attribute.kind === "tensor" && attribute.value.dtype === "float16")
      return [[name, { kind: "tensor", value: asDtype(attribute.value, "float32") }]];
    const isType = attribute.kind === "int" && (op === "Cast" ? name === "to" : name === "dtype");
    return isType && Number(attribute.value) === DATA_TYPE_CODES.float16
      ? [[name, { kind: "int", value: DATA_TYPE_CODES.float32 }]]
      : [];
  });
  return changed.length === 0 ? attributes : { ...attributes, ...Object.fromEntries(changed) };
}
